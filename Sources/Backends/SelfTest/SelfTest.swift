/// Which kernels a device's driver gets right: each is run on small numbers and compared with the CPU's float64.
public struct SelfTest: Encodable, Hashable, Sendable {
  /// A kernel that is wrong.
  public struct Finding: Encodable, Hashable, Sendable {
    /// Such as "MatMul/matmulTiled".
    public let kernel: String
    /// What was computed when it showed.
    public let test: String
    /// What came out.
    public let reason: String
    /// Whether no other kernel can stand in for it.
    public let isIndispensable: Bool
  }

  /// Kernels that were run.
  public let kernels: [String]
  /// Those that are wrong, each once, by name.
  public let findings: [Finding]
  /// Whether the wrong ones are written down, so that they are not used from now on.
  public let isRecorded: Bool
}

#if VULKAN
import CPUBackend
import Files
import Programs
import Tensors
import VulkanBackend
import VulkanDevice

extension SelfTest {
  /// Runs the test, and writes down in the cache what is wrong.
  ///
  /// - Parameters:
  ///   - index: the device.
  ///   - cases: what is computed.
  ///   - corrupting: a variant whose results are spoilt on purpose, for tests.
  init(
    ofDevice index: Int, in cache: DiskCache? = .standard, cases: [SelfTestCase] = SelfTestCase.all,
    corrupting: Set<String> = []
  ) throws {
    let devices = try VulkanBackend.devices()
    guard devices.indices.contains(index) else {
      throw VulkanError.noSuchDevice(index: index, available: devices.map(\.name))
    }
    let isSoftware = devices[index].kind == .software
    var runner = SelfTestRunner(device: index, cases: cases, corrupting: corrupting)
    // What the device uses, and what could stand in.
    let own = try runner.attempts(cardKernels: !isSoftware)
    let other = try runner.attempts(cardKernels: isSoftware)
    let plain = try runner.attempts(cardKernels: false, subgroups: false, except: own + other)
    let fused = try runner.attempts(cardKernels: !isSoftware, fuses: true)
    let all = own + other + plain + fused
    kernels = Set(all.flatMap(\.variants)).sorted()
    let wrong = SelfTestAttempt.wrong(in: all)
    // Where fused kernels are wrong, there are always the others.
    let rightInPlain = Set(plain.filter { $0.reason == nil }.map(\.test))
    let indispensable = Set(
      zip(own, other).filter { $0.reason != nil && $1.reason != nil && !rightInPlain.contains($0.test) }
        .flatMap { $0.0.variants })
    findings = wrong.sorted().compactMap { kernel in
      guard let attempt = all.first(where: { $0.reason != nil && $0.variants.contains(kernel) })
      else { return nil }
      return Finding(
        kernel: kernel, test: attempt.test, reason: attempt.reason ?? "",
        isIndispensable: indispensable.contains(kernel))
    }
    let quarantine = Quarantine(
      variants: findings.map { Quarantine.Variant($0.kernel, isIndispensable: $0.isIndispensable) })
    isRecorded = quarantine.save(for: devices[index], in: cache)
  }
}

/// One test in one type with one kind of kernels.
struct SelfTestAttempt {
  let test: String
  let variants: [String]
  /// What is wrong, or nil.
  let reason: String?

  /// The variants to blame for what is wrong.
  ///
  /// Some computations take several kernels: of those, the ones that are wrong, or right, by themselves decide.
  static func wrong(in attempts: [SelfTestAttempt]) -> Set<String> {
    let alone = attempts.filter { $0.variants.count == 1 }
    let wrongAlone = Set(alone.filter { $0.reason != nil }.flatMap(\.variants))
    let rightAlone = Set(alone.flatMap(\.variants)).subtracting(wrongAlone)
    return attempts.filter { $0.reason != nil }.reduce(into: wrongAlone) { wrong, attempt in
      guard wrongAlone.isDisjoint(with: attempt.variants) else { return }
      let suspects = Set(attempt.variants).subtracting(rightAlone)
      wrong.formUnion(suspects.isEmpty ? Set(attempt.variants) : suspects)
    }
  }
}

private struct SelfTestRunner {
  let device: Int
  let cases: [SelfTestCase]
  let corrupting: Set<String>
  /// The reference's results in float64 so far, by names of cases: each is wanted for several kinds of kernels.
  private var references: [String: TensorValues] = [:]

  init(device: Int, cases: [SelfTestCase], corrupting: Set<String>) {
    (self.device, self.cases, self.corrupting) = (device, cases, corrupting)
  }

  /// Every test, in every type that the device has; in the same order for both kinds of kernels.
  ///
  /// - Parameter known: tests whose variants were among these attempts are left out.
  mutating func attempts(
    cardKernels: Bool, subgroups: Bool = true, fuses: Bool = false, except known: [SelfTestAttempt] = []
  ) throws -> [SelfTestAttempt] {
    let known = Set(known.flatMap(\.variants))
    let runner = self
    let open = { try runner.open(cardKernels, subgroups, fuses) }
    var backend = try open()
    let hasFloat64 = backend.hasFloat64
    var attempts: [SelfTestAttempt] = []
    for test in cases {
      for real in [DType.float32, .float64] where real == .float32 || (test.isReal && hasFloat64) {
        let program = try test.program(real)
        let variants = backend.variants(of: program).sorted()
        if known.isSuperset(of: variants) { continue }
        var reason: String?
        do {
          let expected = try reference(of: test)
          reason = disagreement(of: try result(of: program, on: backend), with: expected, in: real)
        } catch {
          reason = "\(error)"
          // A kernel that hangs or faults takes the device with it; the others shall have theirs.
          if (error as? any BackendError)?.isDeviceLoss == true { backend = try open() }
        }
        attempts.append(
          SelfTestAttempt(test: "\(test.name) in \(real)", variants: variants, reason: reason))
      }
    }
    return attempts
  }

  private mutating func reference(of test: SelfTestCase) throws -> TensorValues {
    if let known = references[test.name] { return known }
    let values = try result(of: test.program(.float64), on: CPUBackend(.reference))
    references[test.name] = values
    return values
  }

  /// Without what earlier runs left on disk: neither compiled kernels nor the quarantine.
  private func open(_ cardKernels: Bool, _ subgroups: Bool, _ fuses: Bool) throws -> VulkanBackend {
    try VulkanBackend(
      device: device, cardKernels: cardKernels, subgroups: subgroups, fuses: fuses, cache: nil,
      quarantine: .empty,
      corrupting: corrupting, matrixUnits: .unchecked)
  }

  private func result(of program: Program, on backend: any Backend) throws -> TensorValues {
    let executable = try backend.compile(program)
    // All ones, NaN in floats: an element that nobody writes is seen.
    if let inspectable = executable as? any InspectableExecutable { try inspectable.fillArena(with: 0xFF) }
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  /// The first element that is too far from the reference's.
  ///
  /// Roundings of some hundred operations are allowed; what a driver gets wrong is off by more.
  private func disagreement(
    of actual: TensorValues, with expected: TensorValues, in real: DType
  ) -> String? {
    let greatest = expected.doubles.reduce(0) { Swift.max($0, Swift.abs($1)) }
    let bound = actual.dtype.isFloating ? (real == .float64 ? 1e-11 : 1e-5) * Swift.max(greatest, 1) : 0
    for (index, (a, b)) in zip(actual.doubles, expected.doubles).enumerated()
    where !(Swift.abs(a - b) <= bound) {
      return "element \(index) of \(actual.dtype)\(actual.shape) is \(a), not \(b)"
    }
    return nil
  }
}
#endif

extension ComputeDevice {
  /// Runs every kernel on this device and compares the results with the CPU's in float64.
  ///
  /// Kernels that are wrong are not used from then on.
  ///
  /// - Throws: `BackendUnavailable` for a device that cannot be opened.
  public func selfTest() throws(BackendUnavailable) -> SelfTest {
    #if VULKAN
    do { return try SelfTest(ofDevice: number) } catch { throw BackendUnavailable(reason: "\(error)") }
    #else
    throw .notBuilt
    #endif
  }
}
