import Devices
import CPUBackend
import GradientChecks
import Layers
import Losses
import Models
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// The CPU as a fake device without float64, with every result too large by a factor.
private final class Float32Device: Backend {
  private let cpu: CPUBackend
  private let factor: Double

  init(seed: UInt64, factor: Double) {
    cpu = CPUBackend(seed: seed)
    self.factor = factor
  }

  var name: String { "a device without float64" }
  var hasFloat64: Bool { false }
  var capacity: DeviceMemory { cpu.capacity }

  func planned(_ program: Program) -> Program { program }

  func compile(_ program: Program) throws -> any Executable {
    #expect(!program.values.contains { $0.type.dtype == .float64 })
    return Scaled(try cpu.compile(program), factor)
  }

  func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws { try cpu.write(bytes, to: state) }
  func read(_ state: State) throws -> TensorValues { try cpu.read(state) }
  func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
    try cpu.makeStagingRing(of: states, parts: parts)
  }

  private final class Scaled: Executable {
    private let executable: any Executable
    private let factor: Double

    init(_ executable: any Executable, _ factor: Double) {
      (self.executable, self.factor) = (executable, factor)
    }

    func run(steps: Int) throws { try executable.run(steps: steps) }

    func output(_ index: Int) throws -> TensorValues {
      let values = try executable.output(index)
      return TensorValues(
        converting: values.doubles.map { factor * $0 }, shape: values.shape, to: values.dtype)
    }
  }
}

@Suite("Gradient checks on a device", .serialized)
struct DeviceTests {
  private static let seed: UInt64 = 231

  /// Checks that together contain every layer and loss.
  private static var checks: [(name: String, check: GradientCheck)] {
    let convolutions = Sequential([
      Convolution2D(filters: 4, kernel: 3, stride: 2, padding: .uniform(1), bias: false), BatchNorm(), ReLU(),
      MaxPool2D(window: 2),
      Flatten(), Dropout(0.3), Dense(3),
    ])
    let norms = Sequential([
      LayerNorm(), GroupNorm(groups: 2), AveragePool2D(window: 2), GlobalAveragePool2D(),
    ])
    return [
      ("convolutions", GradientCheck(of: convolutions, input: [2, 3, 9, 8], seed: seed)),
      ("norms", GradientCheck(of: norms, input: [2, 4, 6, 5], seed: seed)),
      (
        "tanh, sigmoid, exp, log, power",
        GradientCheck(
          of: { sigmoid(tanh($0[0])) * exp($0[0]) + log($0[1]) * power($0[1], $0[0]) },
          at: [
            ("a", TensorValues([0.3, -1.7, 2.1, 0.01], shape: [4])),
            ("b", TensorValues([0.2, 1.3, 2.9, 0.7], shape: [4])),
          ], seed: seed)
      ),
      (
        "a network, softmax",
        GradientCheck(
          of: TwoLayerNet(hidden: 6, classes: 3), loss: .softmaxCrossEntropy, input: [4, 5], classes: 3,
          regularization: 0.1, seed: seed)
      ),
      (
        "a network, hinge",
        GradientCheck(
          of: FullyConnectedNet(hidden: [6, 5], classes: 3), loss: .hinge, input: [4, 5], classes: 3,
          seed: seed)
      ),
    ]
  }

  private func expectAgreement(inFloat32 backend: any Backend) throws {
    for (name, check) in Self.checks {
      let report = try check.report(on: backend)
      #expect(report.isInFloat32 && report.backend == backend.name)
      #expect(report.failures().isEmpty, "\(name)\n\(report)")
      let (differences, float64) = (
        report.rows.prefix(report.rows.count / 2), report.rows.dropFirst(report.rows.count / 2)
      )
      #expect(differences.map(\.name) == float64.map(\.name))
      #expect(differences.allSatisfy { $0.comparison == .differences })
      #expect(float64.allSatisfy { $0.comparison == .float64 })
    }
  }

  @Test("without float64 compare its float32 with the CPU's float64")
  func float32() throws { try expectAgreement(inFloat32: Float32Device(seed: Self.seed, factor: 1)) }

  @Test(
    "without float64 find a device that is wrong by a thousandth, or gives no numbers",
    arguments: [1.001, .nan])
  func wrongDevice(factor: Double) throws {
    for (name, check) in Self.checks {
      let report = try check.report(on: Float32Device(seed: Self.seed, factor: factor))
      #expect(report.failures().map(\.comparison).contains(.float64), "\(name)\n\(report)")
      #expect(!report.failures().map(\.comparison).contains(.differences), "\(name)\n\(report)")
    }
  }

  @Test("without float64 find a wrong formula by differences, and say what was compared")
  func wrongFormula() throws {
    let check = GradientCheck(
      of: { x in withGradient("bad", x[0] * x[0], of: [x[0]]) { dy in [x[0] * dy] } },
      at: [("x", TensorValues([1.0, 2, 3, 4], shape: [4]))])
    let report = try check.report(on: Float32Device(seed: 0, factor: 1))
    #expect(report.failures().map(\.comparison) == [.differences])
    let lines = report.description.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasSuffix("over 4 elements, the CPU's in float64 against differences"))
    #expect(lines[1].hasSuffix("over 4 elements, in float32 against the CPU's"))
  }

  @Test("are the same on the CPU's accelerated and reference kernels, which compute float64 alike")
  func processors() throws {
    let layer = Dense(3)
    let reports = try [
      checkGradients(of: layer, input: [2, 4], on: .cpu), checkGradients(of: layer, input: [2, 4]),
    ]
    #expect(reports[0].description == reports[1].description)
    #expect(!reports[0].isInFloat32)
  }

  #if VULKAN
  @Test(
    "agree with differences in float64 on Vulkan",
    .enabled(if: VulkanUnderTest.missingFloat64 == nil, "\(VulkanUnderTest.missingFloat64 ?? "")"))
  func vulkan() throws {
    let backend = try VulkanUnderTest.backend(seed: Self.seed)
    for (name, check) in Self.checks {
      let report = try check.report(on: backend)
      #expect(!report.isInFloat32 && report.backend == backend.name)
      #expect(report.failures().isEmpty, "\(name)\n\(report)")
    }
    #expect(backend.validationMessages == [])
  }

  @Test("agree in float32 on Vulkan as if it had no float64", .enabled(if: VulkanUnderTest.missing == nil))
  func vulkanFloat32() throws {
    let backend = try VulkanUnderTest.backend(seed: Self.seed, float64: false)
    try expectAgreement(inFloat32: backend)
    #expect(backend.validationMessages == [])
  }
  #endif
}
