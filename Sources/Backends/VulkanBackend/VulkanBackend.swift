package import Files
public import Execution
public import Programs
public import Tensors
package import VulkanDevice

/// Runs programs on a Vulkan device.
public final class VulkanBackend: CountingBackend, TuningBackend {
  private let instance: Instance
  let device: Device
  let heap: DeviceHeap
  let kernels: KernelCache
  let disk: DiskCache?
  private let seed: UInt64
  private(set) var traits: DeviceTraits
  private let tuner: Tuner?
  private let fuses: Bool
  let memoryLimit: Int?

  /// The available matrix units, and the precisions already checked.
  private let units: CooperativeUnits?
  private var checkedPrecisions: Set<Precision> = []
  private(set) var memory: [State: BufferSlice] = [:]

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - index: its index among all devices; nil for the first GPU or, if there is none, the first device.
  ///   - seed: of the random initial values of states.
  ///   - validation: enables the validation layer, which is slow, for tests.
  ///   - cardKernels: true to use the kernels for GPUs; nil to choose by the device. Tests run both.
  ///   - subgroups: false to avoid subgroup operations. Tests run both.
  ///   - fuses: false for one dispatch per instruction. Tests compare both.
  ///   - float64: false to ignore float64 support. Tests emulate a device without it.
  ///   - cache: the disk cache of compiled kernels; nil for none.
  ///   - faults: simulated device faults, for tests.
  ///   - quarantine: variants not to use; nil for those cached for the device.
  ///   - corrupting: variants whose results are corrupted on purpose, for tests.
  ///   - tuning: the effort of tuning tiles; nil for quick on GPUs, and none on CPU drivers. Unless it is
  ///     off, cached results are used.
  ///   - matrixUnits: the use of matrix units where the device has them.
  ///   - submitLimit: the maximum duration of a submission, which drivers limit too; nil for 0.1 s on GPUs,
  ///     and unlimited on CPU drivers.
  ///   - losses: the number of earlier device losses, perhaps by too long submissions: each divides the
  ///     limit by four.
  ///   - memoryLimit: bytes for programs and their states; nil for no limit.
  ///   - rewrites: those to leave out of the plans of programs.
  /// - Throws: `VulkanError`, whose text says what is missing and what to do.
  package init(
    device index: Int? = nil, seed: UInt64 = 0, validation: Validation = .off, cardKernels: Bool? = nil,
    subgroups: Bool = true, fuses: Bool = true, float64: Bool = true, cache: DiskCache? = .standard,
    faults: DeviceFaults = DeviceFaults(), quarantine: Quarantine? = nil, corrupting: Set<String> = [],
    matrixUnits: MatrixUnitUse = .checked, tuning: Tuning? = .off, submitLimit: Duration? = nil,
    losses: Int = 0, memoryLimit: Int? = nil, withoutRewrites rewrites: Set<Rewrite> = []
  ) throws {
    instance = try Instance(validation: validation)
    let choice = try instance.device(at: index) ?? instance.device(at: 0)
    guard let choice else { throw VulkanError.driverMissing }
    let quarantine = quarantine ?? Quarantine(of: choice, in: cache)
    if let variant = quarantine.obstacle { throw QuarantinedDevice(device: choice, variant: variant) }
    let pipelines = cache?.payload(of: .pipelines(of: choice)) ?? []
    device = try Device(
      choice, of: instance, pipelineCache: choice.accepts(pipelines) ? pipelines : [], faults: faults)
    heap = DeviceHeap(device)
    kernels = KernelCache(device, disk: cache, replacing: matrixUnits.modules)
    (self.seed, self.fuses, disk) = (seed, fuses, cache)
    self.memoryLimit = memoryLimit
    let physical = device.physicalDevice
    let isSoftware = cardKernels.map { !$0 } ?? (physical.kind == .software)
    units = isSoftware ? nil : matrixUnits.units(of: physical, quarantined: quarantine.names)
    traits = DeviceTraits(
      physical, isSoftware: isSoftware, subgroups: subgroups,
      hasFloat64: float64 && physical.features.shaderFloat64 && !quarantine.breaksFloat64)
    traits.units = matrixUnits.areChecked ? nil : units
    traits.submitLimit =
      submitLimit.map { $0 / .seconds(1) } ?? (physical.kind == .software ? nil : SubmitPlan.cardLimit)
    // Down to a millionth: repeated losses beyond that have other causes.
    traits.submitLimit? /= Double(1 << (2 * min(losses, 10)))
    (traits.quarantined, traits.corrupted) = (quarantine.names, corrupting)
    traits.withoutRewrites = rewrites
    if !matrixUnits.areChecked { checkedPrecisions = Set(Precision.allCases) }
    if tuning == .off {
      tuner = nil
    } else {
      tuner = Tuner(
        tuning ?? (physical.kind == .software ? .off : .quick), table: TileTable(of: physical, in: cache),
        on: device, replacing: matrixUnits.modules
      ) { $0.save(for: physical, in: cache) }
    }
  }

  /// All devices, without opening them.
  package static func devices() throws -> [PhysicalDevice] { try Instance().devices }

  public var name: String {
    let device = device.physicalDevice
    return "Vulkan device \(device.index), \(device.name) (\(device.driverName) \(device.driverVersion))"
  }

  public var hasFloat64: Bool { traits.hasFloat64 }

  /// The number of submissions so far.
  package var submissionCount: UInt64 { device.lastSubmitted }

  package var tuningSummary: String? { tuner?.summary }

  /// The messages of the validation layer so far.
  package var validationMessages: [String] { instance.validationMessages }

  package var counters: BackendCounters {
    BackendCounters(device.counters, compilations: kernels.compilations)
  }

  public func hasMatrixUnits(for precision: Precision) -> Bool {
    guard let units, units.uses.precisions.contains(precision) else { return false }
    if checkedPrecisions.insert(precision).inserted, areRight(units, in: precision) {
      var right = traits.units ?? units
      right.uses.precisions = (traits.units?.uses.precisions ?? []).union([precision])
      traits.units = right
    }
    return traits.units?.uses.precisions.contains(precision) == true
  }

  public func planned(_ program: Program) -> Program {
    if let units {
      for precision in units.uses.precisions.sorted(by: { $0.rawValue < $1.rawValue }) {
        var uses = units.uses
        uses.precisions = [precision]
        // Checked when a program first uses it.
        if program.instructionsWithSteps.contains(where: { uses.multiply($0.instruction.kernel) }) {
          _ = hasMatrixUnits(for: precision)
        }
      }
    }
    if let tuner, traits.units != nil {
      let slower = tuner.slowerByUnits(program, traits)
      traits.units?.uses.slower.formUnion(slower)
    }
    return planned(program, on: traits)
  }

  /// The program as planned for a device with such traits.
  func planned(_ program: Program, on traits: DeviceTraits) -> Program {
    dispatched(program, on: traits).placed(inBlocksOf: device.limits.maxBufferSize)
  }

  private func dispatched(_ program: Program, on traits: DeviceTraits) -> Program {
    let buffers = device.limits.maxStorageBuffers
    if fuses {
      let fused = program.fused(by: FusionPolicy(buffers: buffers, on: traits))
      if traits.quarantined.isDisjoint(with: fused.fusedVariants) { return fused }
    }
    // Unfused also where a fused variant is in quarantine.
    return program.fused(by: FusionPolicy(buffers: buffers, on: traits, fuses: false))
  }

  public func compile(_ program: Program) throws -> any Executable {
    let program = planned(program)
    if let shortage = shortage(for: [program]) { throw shortage }
    if let tuner {
      tuner.tune(program, traits)
      traits.tiles = tuner.table
    }
    let need = need(of: [program])
    defer { kernels.savePipelines() }
    do {
      return try VulkanExecutable(program, on: device, traits: traits, kernels: kernels) {
        try slice(for: $0)
      }
    } catch VulkanError.outOfDeviceMemory {
      // The device has less memory than it reported.
      throw outOfMemory(for: [program], need, capacity)
    }
  }

  /// The kernel variants used by a program.
  package func variants(of program: Program) -> Set<String> {
    let program = planned(program)
    return program.dispatched.reduce(into: []) { variants, item in
      let (program, instruction) = item
      let types = program.types(of: instruction)
      let plan = try? traits.plan(instruction, types: types)
      variants.formUnion((plan ?? DispatchPlan(instruction, types: types, on: traits)).variants)
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws {
    precondition(!state.isReadOnly, "the state '\(state.name)' is only read")
    let slice = try slice(for: state)
    guard !bytes.isEmpty else { return }
    try device.upload(bytes, to: slice[offset: 0, byteCount: bytes.count])
  }

  public func read(_ state: State) throws -> TensorValues {
    let slice = try slice(for: state)
    let bytes: [UInt8] =
      state.byteCount == 0 ? [] : try device.download(slice[offset: 0, byteCount: state.byteCount])
    return TensorValues(bytes: bytes, shape: state.shape, dtype: state.dtype)
  }

  public func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
    try VulkanStagingRing(
      states.map { try slice(for: $0)[offset: 0, byteCount: $0.byteCount] }, parts, on: device)
  }

  private func slice(for state: State) throws -> BufferSlice {
    if let slice = memory[state] { return slice }
    let slice = try heap.allocate(byteCount: state.byteCount, label: state.name)
    if state.byteCount > 0 {
      let target = slice[offset: 0, byteCount: state.byteCount]
      if case .bytes(let bytes) = state.initial {
        try device.upload(to: target) { bytes.copy(from: $0, to: $1) }
      } else {
        try device.upload(state.initial.values(for: state, seed: seed).bytes, to: target)
      }
    }
    memory[state] = slice
    return slice
  }
}

extension VulkanError: BackendError {
  public var isDeviceLoss: Bool {
    if case .deviceLost = self { true } else { false }
  }
}
