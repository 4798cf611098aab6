/// What is known of a device before it is opened: a value, free to pass around.
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
  /// 16 bytes, the same whenever and wherever this very device is found.
  package internal(set) var deviceUUID: [UInt8]
  /// In the vendor's own encoding.
  package internal(set) var encodedDriverVersion: UInt32
  /// 16 bytes which change when compiled pipelines stop being exchangeable.
  package internal(set) var pipelineCacheUUID: [UInt8]
  package internal(set) var limits: Limits
  package internal(set) var features: Features
  /// Bytes in all of the device's own heaps; on an integrated GPU, its share of the system's memory.
  package internal(set) var deviceLocalBytes: Int

  /// Nil when the device cannot compute at all.
  var computeQueueFamily: Int?
  var memoryTypes: [MemoryType]
  /// The size of each heap.
  var heapByteCounts: [Int]
  /// Whether the driver tells what other processes use: VK_EXT_memory_budget.
  package internal(set) var hasMemoryBudget: Bool

  /// In what pieces its subgroups multiply matrices; none without VK_KHR_cooperative_matrix.
  package internal(set) var cooperativeMatrices: [CooperativeMatrix]
}

extension PhysicalDevice {
  /// Sizes are in bytes.
  package struct Limits: Sendable, Hashable {
    /// The largest range that one binding of a shader may cover.
    package internal(set) var maxStorageBufferRange: Int
    /// What the offset of a binding must be a multiple of.
    package internal(set) var minStorageBufferOffsetAlignment: Int
    package internal(set) var maxMemoryAllocationSize: Int
    /// What a buffer with memory of its own may have at most: no more than an allocation.
    package internal(set) var maxBufferSize: Int
    package internal(set) var maxComputeWorkGroupInvocations: Int
    /// Along x.
    package internal(set) var maxComputeWorkGroupSize: Int
    /// That one shader may use.
    package internal(set) var maxStorageBuffers: Int
    /// Per axis, the most workgroups in one dispatch: x, y, z.
    package internal(set) var maxComputeWorkGroupCount: [Int]
    package internal(set) var maxComputeSharedMemory: Int
    package internal(set) var maxPushConstants: Int
    package internal(set) var subgroupSize: Int
    /// Nil where shaders cannot ask for one.
    package internal(set) var subgroupSizes: SubgroupSizes?
    /// Whether an invocation of a compute shader can give the others of its subgroup a value.
    package internal(set) var hasSubgroupBroadcast: Bool
    /// Nanoseconds in one tick of a timestamp.
    package internal(set) var timestampPeriod: Double
    /// Zero when the compute queue has no timestamps.
    package internal(set) var timestampValidBits: Int
  }

  package struct Features: Sendable, Hashable {
    package internal(set) var storageBuffer8Bit: Bool
    package internal(set) var storageBuffer16Bit: Bool
    package internal(set) var shaderInt8: Bool
    package internal(set) var shaderFloat16: Bool
    package internal(set) var shaderFloat64: Bool
    package internal(set) var timelineSemaphore: Bool
    /// Whether the driver tells what it made of a shader: see `PipelineInspector`.
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
