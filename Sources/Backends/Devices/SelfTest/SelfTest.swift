/// The correctness of each kernel on a device's driver: runs it on small inputs and compares with the CPU in
/// float64.
public struct SelfTest: Encodable, Hashable, Sendable {
  /// A kernel with wrong results.
  public struct Finding: Encodable, Hashable, Sendable {
    /// Such as "MatMul/matmulTiled".
    public let kernel: String
    /// The test that failed.
    public let test: String
    /// The failure.
    public let reason: String
    /// True if no other kernel can replace it.
    public let isIndispensable: Bool
  }

  /// The kernels that were run.
  public let kernels: [String]
  /// The wrong ones, each once, by name.
  public let findings: [Finding]
  /// True if the wrong ones are stored in the quarantine, so that they are not used from now on.
  public let isRecorded: Bool
}

#if VULKAN
import CPUBackend
import Files
import Execution
import Programs
import Tensors
import VulkanBackend
import VulkanDevice

extension SelfTest {
  /// Runs the test, and stores the wrong kernels in the cache.
  ///
  /// - Parameters:
  ///   - index: the device.
  ///   - cases: the computations to run.
  ///   - corrupting: a variant whose results are corrupted on purpose, for tests.
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
    // The kernels the device uses, and their replacements.
    let own = try runner.attempts(cardKernels: !isSoftware)
    let other = try runner.attempts(cardKernels: isSoftware)
    let plain = try runner.attempts(cardKernels: false, subgroups: false, except: own + other)
    let fused = try runner.attempts(cardKernels: !isSoftware, fuses: true)
    let all = own + other + plain + fused
    kernels = Set(all.flatMap(\.variants)).sorted()
    let wrong = SelfTestAttempt.wrong(in: all)
    // Unfused kernels can always replace fused ones.
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

/// One test in one element type with one kind of kernels.
struct SelfTestAttempt {
  let test: String
  let variants: [String]
  /// The failure, or nil.
  let reason: String?

  /// The variants responsible for the failures.
  ///
  /// In a test of several kernels, those that fail, or pass, by themselves decide.
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
  /// The reference results in float64 so far, by test: each serves several kinds of kernels.
  private var references: [String: TensorValues] = [:]

  init(device: Int, cases: [SelfTestCase], corrupting: Set<String>) {
    (self.device, self.cases, self.corrupting) = (device, cases, corrupting)
  }

  /// Every test in every supported element type; in the same order for both kinds of kernels.
  ///
  /// - Parameter known: attempts whose variants need not be tested again.
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
          // A kernel that hangs or faults causes a device loss; reopen the device for the others.
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

  /// Ignores the disk cache of earlier runs: compiled kernels and quarantine.
  private func open(_ cardKernels: Bool, _ subgroups: Bool, _ fuses: Bool) throws -> VulkanBackend {
    try VulkanBackend(
      device: device, cardKernels: cardKernels, subgroups: subgroups, fuses: fuses, cache: nil,
      quarantine: .empty,
      corrupting: corrupting, matrixUnits: .unchecked)
  }

  private func result(of program: Program, on backend: any Backend) throws -> TensorValues {
    let executable = try backend.compile(program)
    // All ones, a NaN for floats, so that elements which are not written are detected.
    if let inspectable = executable as? any InspectableExecutable { try inspectable.fillArena(with: 0xFF) }
    try executable.run(steps: 1)
    return try executable.output(0)
  }

  /// The first element that deviates too much from the reference.
  ///
  /// Allows for the rounding of some hundred operations; driver errors are larger.
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
  /// Wrong kernels are not used from then on.
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
