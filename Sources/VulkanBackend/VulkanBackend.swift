public import Programs
public import Tensors
package import VulkanDevice

/// Runs programs on a Vulkan device.
public final class VulkanBackend: Backend {
  private let instance: Instance
  private let device: Device
  private let heap: DeviceHeap
  private let kernels: KernelCache
  private let seed: UInt64
  private var memory: [State: BufferSlice] = [:]

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - index: its number among all devices; nil for the first real graphics card, or, where there is none, the first
  ///     device of all.
  ///   - seed: chooses the random initial values of states.
  ///   - validation: checks all use of Vulkan, slowly, for tests.
  /// - Throws: `VulkanError`, whose text says what is missing and what to do.
  package init(device index: Int? = nil, seed: UInt64 = 0, validation: Validation = .off) throws {
    instance = try Instance(validation: validation)
    let choice = try instance.device(at: index) ?? instance.device(at: 0)
    guard let choice else { throw VulkanError.driverMissing }
    device = try Device(choice, of: instance)
    heap = DeviceHeap(device)
    kernels = KernelCache(device)
    self.seed = seed
  }

  /// Every device, without opening any.
  package static func devices() throws -> [PhysicalDevice] { try Instance().devices }

  public var name: String {
    let device = device.physicalDevice
    return "Vulkan device \(device.index), \(device.name) (\(device.driverName) \(device.driverVersion))"
  }

  /// What validation had to say so far.
  package var validationMessages: [String] { instance.validationMessages }

  public func compile(_ program: Program) throws -> any Executable {
    let physical = device.physicalDevice
    let traits = DeviceTraits(
      isSoftware: physical.kind == .software,
      maximumGroups: min(physical.limits.maxComputeWorkGroupCount[0], 65_535))
    return try VulkanExecutable(program, on: device, traits: traits, kernels: kernels) { try slice(for: $0) }
  }

  public func write(_ values: TensorValues, to state: State) throws {
    precondition(
      values.shape == state.shape && values.dtype == state.dtype,
      "the state '\(state.name)' is \(state.dtype)\(state.shape), not \(values.dtype)\(values.shape)")
    let slice = try slice(for: state)
    guard !values.bytes.isEmpty else { return }
    try device.upload(values.bytes, to: slice[offset: 0, byteCount: values.bytes.count])
  }

  public func read(_ state: State) throws -> TensorValues {
    let slice = try slice(for: state)
    let bytes: [UInt8] =
      state.byteCount == 0 ? [] : try device.download(slice[offset: 0, byteCount: state.byteCount])
    return TensorValues(bytes: bytes, shape: state.shape, dtype: state.dtype)
  }

  private func slice(for state: State) throws -> BufferSlice {
    if let slice = memory[state] { return slice }
    let slice = try heap.allocate(byteCount: state.byteCount, label: state.name)
    let values = state.initial.values(for: state, seed: seed)
    if !values.bytes.isEmpty {
      try device.upload(values.bytes, to: slice[offset: 0, byteCount: values.bytes.count])
    }
    memory[state] = slice
    return slice
  }
}

extension VulkanError: BackendError {}
