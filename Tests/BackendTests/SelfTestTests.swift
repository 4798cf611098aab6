#if VULKAN
import CPUBackend
import Files
import Execution
import Programs
import Shaders
import Tensors
import TestSupport
import Testing

@testable import Devices
@testable import VulkanBackend
@testable import VulkanDevice

@Suite("The self-test", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct SelfTestTests {
  private let folder: TemporaryFolder
  private let cache: DiskCache
  private let device: PhysicalDevice

  init() throws {
    folder = try TemporaryFolder()
    cache = DiskCache(folder.path(of: "cache")) { Issue.record("\($0)") }
    device = try #require(try VulkanBackend.devices().first)
  }

  /// False for the kernel variants that need a subgroup size of 8 on a device with another.
  private func exists(_ variant: String) -> Bool {
    let limits = device.limits
    return !variant.hasSuffix("Subgroup") || (limits.subgroupSize == 8 && limits.hasSubgroupBroadcast)
  }

  /// The self-test on a driver that miscompiles these variants.
  ///
  /// Long loops are left to the test that runs everything.
  private func corrupted(_ variants: Set<String>) throws -> SelfTest {
    try SelfTest(ofDevice: 0, in: cache, cases: SelfTestCase.short, corrupting: variants)
  }

  private func product(_ m: Int, _ k: Int, _ n: Int) throws -> Program {
    let a = State("a", [m, k], role: .weight, initial: .normal(standardDeviation: 1))
    let b = State("b", [k, n], role: .weight, initial: .normal(standardDeviation: 1))
    return try Program("product", outputs: [("y", matmul(a.value, b.value))])
  }

  private func result(_ program: Program, on backend: any Backend) throws -> TensorValues {
    let executable = try backend.compile(program)
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  @Test("runs every shader that there is, in all its forms, and finds a right driver right")
  func coverage() throws {
    let test = try SelfTest(ofDevice: 0, in: cache)
    #expect(test.findings.isEmpty && test.isRecorded)
    let known =
      Shader.all.map(\.name) + VulkanBackend.generated + VulkanBackend.generated.map { $0 + "Float64" }
    let expected = known.filter {
      exists($0) && (!$0.hasSuffix("Float64") || device.features.shaderFloat64)
    }
    // A shader or variant without a row in SelfTestCase.all is named here.
    #expect(Set(expected).subtracting(test.kernels) == [])
    #expect(try folder.names().isEmpty, "there is nothing to write down")
  }

  @Test(
    "finds a variant that is wrong, and the backend takes the other form",
    arguments: ["MatMul/matmulDirect", "MatMul/matmulTiled", "Convolution/conv2DWeightGradientDirect"])
  func replaced(variant: String) throws {
    let test = try corrupted([variant])
    #expect(test.findings.map(\.kernel) == [variant])
    let finding = try #require(test.findings.first)
    #expect(!finding.isIndispensable && test.isRecorded)
    #expect(finding.reason.contains(" is ") && finding.test.hasSuffix(" in float32"))

    // The driver is still wrong; the backend avoids the quarantined variant, with either kind of kernels.
    let program = try product(17, 23, 19)
    for cardKernels in [false, true] {
      let wrong = try VulkanBackend(
        cardKernels: cardKernels, cache: cache, quarantine: .empty, corrupting: [variant])
      let careful = try VulkanBackend(cardKernels: cardKernels, cache: cache, corrupting: [variant])
      #expect(!careful.variants(of: program).contains(variant))
      let expected = try result(program, on: CPUBackend(.reference)).doubles
      for (a, b) in zip(try result(program, on: careful).doubles, expected) { #expect(abs(a - b) < 1e-4) }
      if wrong.variants(of: program).contains(variant) {
        #expect(try result(program, on: wrong).doubles.first.map { abs($0) > 1e6 } == true)
      }
    }
    // Another driver version has no quarantine, and a variant that passes again is released.
    var updated = device
    updated.encodedDriverVersion += 1
    #expect(Quarantine(of: updated, in: cache) == .empty)
    #expect(try corrupted([]).isRecorded)
    #expect(Quarantine(of: device, in: cache) == .empty)
  }

  @Test(
    "names the form of fused kernels that is wrong, and the backend does without fusing",
    arguments: ["Fused/reduction", "Fused/contraction"])
  func unfused(form: String) throws {
    let test = try corrupted([form])
    #expect(test.findings.map(\.kernel) == [form] && test.isRecorded)
    #expect(test.findings.allSatisfy { !$0.isIndispensable })

    let x = State("x", [12, 7], role: .weight, initial: .normal(standardDeviation: 1))
    let w = State("w", [7, 5], role: .weight, initial: .normal(standardDeviation: 1))
    let product = relu(matmul(x.value, w.value) + 1)
    let squares = (product * product).sum([0], keepingAxes: true)
    let program = try Program("layer", outputs: [("y", product / sqrt(squares + 1))])
    let wrong = try VulkanBackend(cache: nil, corrupting: [form])
    let careful = try VulkanBackend(cache: cache, corrupting: [form])
    #expect(wrong.variants(of: program).contains(form) && !careful.variants(of: program).contains(form))
    let expected = try result(program, on: CPUBackend(.reference)).doubles
    for (a, b) in zip(try result(program, on: careful).doubles, expected) { #expect(abs(a - b) < 1e-4) }
    #expect(try result(program, on: wrong).doubles != expected)
  }

  @Test("blames a kernel that is wrong by itself, else one that is not known to be right")
  func blame() {
    func wrong(_ attempts: ([String], Bool)...) -> Set<String> {
      SelfTestAttempt.wrong(
        in: attempts.map { SelfTestAttempt(test: "", variants: $0, reason: $1 ? nil : "wrong") })
    }
    #expect(wrong((["a"], true), (["a", "b"], true)) == [])
    #expect(wrong((["a"], false), (["a", "b"], false)) == ["a"])
    #expect(wrong((["a"], true), (["a", "b"], false)) == ["b"])
    #expect(wrong((["a"], true), (["a"], false), (["b"], true)) == ["a"])
    #expect(wrong((["a", "b"], false)) == ["a", "b"])
    #expect(wrong((["a"], true), (["b"], true), (["a", "b"], false)) == ["a", "b"])
  }

  @Test(
    "refuses a device that gets a kernel wrong which nothing can stand in for, in one sentence",
    arguments: ["Reduction/sumTreeFloat", "Pooling/maxPool2DPlace", "Pooling/maxPool2DPick"])
  func refused(variant: String) throws {
    let test = try corrupted([variant])
    #expect(test.findings.map(\.kernel) == [variant] && test.findings.allSatisfy(\.isIndispensable))
    let error = try #require(throws: QuarantinedDevice.self) { _ = try VulkanBackend(cache: cache) }
    #expect(
      "\(error)"
        == "Vulkan device 0, \(device.name), is not used, because its driver (\(device.driverName) "
        + "\(device.driverVersion)) gets the kernel \(variant) wrong: update the driver and run 'lemnos doctor "
        + "--device 0', or use the CPU")
    _ = try VulkanBackend(cache: nil)
  }

  @Test("refuses it also when both forms are wrong, and generated kernels")
  func bothForms() throws {
    let products: Set = ["MatMul/matmulDirect", "MatMul/matmulSubgroup", "MatMul/matmulTiled"]
    for all in [products, ["Fused/elements"]] {
      let variants = all.filter(exists)
      let test = try corrupted(variants)
      #expect(Set(test.findings.map(\.kernel)) == variants)
      #expect(throws: QuarantinedDevice.self) { _ = try VulkanBackend(cache: cache) }
      // With a quarantine passed in explicitly, only the program is refused.
      let backend = try VulkanBackend(
        cache: nil,
        quarantine: Quarantine(variants: variants.map { Quarantine.Variant($0, isIndispensable: false) }))
      if variants.count > 1 {
        #expect(throws: UnsupportedKernel.self) { _ = try backend.compile(product(17, 23, 19)) }
      }
    }
  }

  @Test(
    "does without float64 where only that is wrong", .enabled(if: VulkanUnderTest.missingFloat64 == nil))
  func float64() throws {
    let test = try corrupted(["MatMul/matmulDirectFloat64"])
    #expect(test.findings.map(\.kernel) == ["MatMul/matmulDirectFloat64"])
    let backend = try VulkanBackend(cache: cache)
    #expect(!backend.hasFloat64)
    _ = try result(try product(5, 6, 7), on: backend)
  }

  @Test("is forgotten when its file is damaged, or is of another Lemnos")
  func damage() throws {
    let variant = Quarantine.Variant("MatMul/matmulTiled", isIndispensable: false)
    let quarantine = Quarantine(variants: [variant])
    #expect(quarantine.save(for: device, in: cache))
    #expect(Quarantine(of: device, in: cache) == quarantine)
    let name = try #require(try folder.names(in: "cache").first)
    let whole = try folder.read("cache/\(name)")
    var generator = SplitMix64(seed: 3)
    for _ in 0..<50 {
      let damaged = generator.mutation(of: whole)
      guard damaged != whole else { continue }
      try folder.write(damaged, as: "cache/\(name)")
      #expect(Quarantine(of: device, in: cache) == .empty)
    }
    let line = "MatMul/matmulTiled indispensable 0123"
    cache.keep(Array(line.utf8), under: .quarantine(of: device))
    #expect(Quarantine(of: device, in: cache) == .empty, "the shader is another now")
    for text in ["", "x", "a b c d\n\n \n"] {
      cache.keep(Array(text.utf8), under: .quarantine(of: device))
      #expect(Quarantine(of: device, in: cache) == .empty)
    }
    #expect(!quarantine.save(for: device, in: nil), "without a cache nothing is written down")
  }
}
#endif
