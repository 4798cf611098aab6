/// What is known of a device before it is opened: a value, free to pass around.
package struct PhysicalDevice: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case discrete, integrated, virtual, software, other
  }

  /// The position in `Instance.devices`.
  package let index: Int
  package let name: String
  package let kind: Kind
  /// The driver's name and its own version text, such as "radv" and "Mesa 24.2.1".
  package let driverName: String
  package let driverVersion: String
  package let apiVersion: Version
  package let vendorID: UInt32
  package let deviceID: UInt32
  /// 16 bytes which change when compiled pipelines stop being exchangeable.
  package let pipelineCacheUUID: [UInt8]
  package let limits: Limits
  package let features: Features
  /// Bytes in all of the device's own heaps; on an integrated GPU, its share of the system's memory.
  package let deviceLocalBytes: Int

  /// Nil when the device cannot compute at all.
  let computeQueueFamily: Int?
  let memoryTypes: [MemoryType]
}

extension PhysicalDevice {
  /// Sizes are in bytes.
  package struct Limits: Sendable, Hashable {
    /// The largest range that one binding of a shader may cover.
    package let maxStorageBufferRange: Int
    /// The most buffers that one shader may see.
    package let maxPerStageDescriptorStorageBuffers: Int
    /// What the offset of a binding must be a multiple of.
    package let minStorageBufferOffsetAlignment: Int
    package let maxMemoryAllocationSize: Int
    package let maxComputeWorkGroupInvocations: Int
    /// Per axis, the most workgroups in one dispatch: x, y, z.
    package let maxComputeWorkGroupCount: [Int]
    package let maxComputeSharedMemory: Int
    package let maxPushConstants: Int
    package let subgroupSize: Int
    /// Nanoseconds in one tick of a timestamp.
    package let timestampPeriod: Double
    /// Zero when the compute queue has no timestamps.
    package let timestampValidBits: Int
  }

  package struct Features: Sendable, Hashable {
    package let storageBuffer8Bit: Bool
    package let storageBuffer16Bit: Bool
    package let shaderInt8: Bool
    package let shaderFloat16: Bool
    package let shaderFloat64: Bool
    package let timelineSemaphore: Bool
  }
}

extension PhysicalDevice {
  /// False for drivers that compute on the CPU.
  package var isRealGPU: Bool { kind != .software && kind != .other }

  /// The first thing that Lemnos needs and this device lacks; nil when it can be opened.
  package var missingFeature: String? {
    if apiVersion < .v1_2 { return "Vulkan 1.2" }
    if computeQueueFamily == nil { return "a compute queue" }
    if !features.timelineSemaphore { return "timelineSemaphore" }
    if !features.storageBuffer8Bit { return "storageBuffer8BitAccess" }
    return nil
  }
}

extension PhysicalDevice: CustomStringConvertible {
  package var description: String {
    "\(name) (\(kind.rawValue), \(driverName) \(driverVersion), Vulkan \(apiVersion))"
  }
}
