/// The properties of a device before it is opened: a value type.
package struct PhysicalDevice: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case discrete, integrated, virtual, software, other
  }

  /// The position in `Instance.devices`.
  package internal(set) var index: Int
  package internal(set) var name: String
  package internal(set) var kind: Kind
  /// The driver's name and its own version text, such as "radv" and "Mesa 24.2.1".
  package internal(set) var driverName: String
  package internal(set) var driverVersion: String
  package internal(set) var apiVersion: Version
  package internal(set) var vendorID: UInt32
  package internal(set) var deviceID: UInt32
  /// The device UUID: 16 bytes, the same in every process and session.
  package internal(set) var deviceUUID: [UInt8]
  /// In the vendor's own encoding.
  package internal(set) var encodedDriverVersion: UInt32
  /// The pipeline cache UUID: 16 bytes that change when cached pipelines become incompatible.
  package internal(set) var pipelineCacheUUID: [UInt8]
  package internal(set) var limits: Limits
  package internal(set) var features: Features
  /// Bytes of all device-local heaps; on an integrated GPU, its share of system memory.
  package internal(set) var deviceLocalBytes: Int

  /// Nil if the device has no compute queue.
  var computeQueueFamily: Int?
  var memoryTypes: [MemoryType]
  /// The size of each heap.
  var heapByteCounts: [Int]
  /// True if the driver reports memory use including other processes: VK_EXT_memory_budget.
  package internal(set) var hasMemoryBudget: Bool

  /// The cooperative matrix operations of its subgroups; empty without VK_KHR_cooperative_matrix.
  package internal(set) var cooperativeMatrices: [CooperativeMatrix]
}

extension PhysicalDevice {
  /// Sizes are in bytes.
  package struct Limits: Sendable, Hashable {
    /// The largest range of a storage buffer binding.
    package internal(set) var maxStorageBufferRange: Int
    /// The alignment of a binding's offset.
    package internal(set) var minStorageBufferOffsetAlignment: Int
    package internal(set) var maxMemoryAllocationSize: Int
    /// The maximum size of a buffer with dedicated memory: at most an allocation.
    package internal(set) var maxBufferSize: Int
    package internal(set) var maxComputeWorkGroupInvocations: Int
    /// Along x.
    package internal(set) var maxComputeWorkGroupSize: Int
    /// Per shader stage.
    package internal(set) var maxStorageBuffers: Int
    /// The maximum number of workgroups per dispatch: x, y, z.
    package internal(set) var maxComputeWorkGroupCount: [Int]
    package internal(set) var maxComputeSharedMemory: Int
    package internal(set) var maxPushConstants: Int
    package internal(set) var subgroupSize: Int
    /// Nil if shaders cannot require a size.
    package internal(set) var subgroupSizes: SubgroupSizes?
    /// True if compute shaders support subgroup broadcast.
    package internal(set) var hasSubgroupBroadcast: Bool
    /// Nanoseconds per timestamp tick.
    package internal(set) var timestampPeriod: Double
    /// Zero if the compute queue has no timestamps.
    package internal(set) var timestampValidBits: Int
  }

  package struct Features: Sendable, Hashable {
    package internal(set) var storageBuffer8Bit: Bool
    package internal(set) var storageBuffer16Bit: Bool
    package internal(set) var shaderInt8: Bool
    package internal(set) var shaderFloat16: Bool
    package internal(set) var shaderFloat64: Bool
    package internal(set) var timelineSemaphore: Bool
    /// True if the driver reports statistics of compiled shaders: see `PipelineInspector`.
    package internal(set) var pipelineStatistics: Bool
  }
}

extension PhysicalDevice {
  /// False for drivers that compute on the CPU.
  package var isRealGPU: Bool { kind != .software && kind != .other }
}

extension PhysicalDevice: CustomStringConvertible {
  package var description: String {
    "\(name) (\(kind.rawValue), \(driverName) \(driverVersion), Vulkan \(apiVersion))"
  }
}
