/// An opened device: one compute queue, and factory methods for everything that runs on it.
///
/// Objects it makes retain the underlying Vulkan device and instance. Deinitialization waits for running
/// work.
///
/// Not Sendable, like all that it makes: owned by one isolation domain.
package final class Device {
  package let physicalDevice: PhysicalDevice

  let logical: LogicalDevice
  let timeline: Timeline
  /// Submissions that may not have finished, oldest first: their command buffers must outlive them.
  var inFlight: [Submission] = []
  package internal(set) var lastSubmitted: UInt64 = 0
  var staging = Staging()
  /// Set by a simulated fault, for tests.
  var isLost = false
  private let commandPool: CommandPool
  private let pipelineCache: PipelineCache

  /// Opens a device, or throws `featureMissing` when it lacks what Lemnos needs.
  ///
  /// `pipelineCache` is the `pipelineCacheData` of an earlier run. The caller checks its integrity: drivers
  /// may crash on damaged data. `faults` are for tests.
  package init(
    _ physicalDevice: PhysicalDevice, of instance: Instance, pipelineCache data: [UInt8] = [],
    faults: DeviceFaults = DeviceFaults()
  ) throws(VulkanError) {
    self.physicalDevice = physicalDevice
    logical = try LogicalDevice(physicalDevice, of: instance, faults: faults)
    timeline = try Timeline(logical)
    commandPool = try CommandPool(logical)
    pipelineCache = try PipelineCache(logical, data)
  }

  deinit { logical.waitIdle() }

  package var limits: PhysicalDevice.Limits {
    var limits = logical.physicalDevice.limits
    if let reach = logical.faults.kernelReach {
      limits.maxStorageBufferRange = min(limits.maxStorageBufferRange, reach)
    }
    if let largest = logical.faults.largestBuffer {
      limits.maxBufferSize = min(limits.maxBufferSize, largest)
    }
    return limits
  }

  /// The driver's pipeline cache, for the next run.
  package var pipelineCacheData: [UInt8] {
    get throws(VulkanError) { try pipelineCache.bytes }
  }
}

extension Device {
  /// Allocates memory, or throws `outOfDeviceMemory` with `byteCount` and `label`.
  package func makeBuffer(
    byteCount: Int, memory: MemoryKind, label: String
  ) throws(VulkanError) -> Buffer {
    try Buffer(logical, byteCount: byteCount, memory, label: label)
  }

  /// Compiles a shader for this device.
  ///
  /// Its `bufferCount` storage buffers are in set 0 at bindings 0, 1 and so on. `pushConstantByteCount` is a
  /// multiple of 4, within the device's limit. `specialization` gives the values of `constant_id` 0, 1 and so
  /// on as raw 32-bit words. With a `subgroupSize` it has full subgroups of that size; see `SubgroupSizes`.
  /// Only an `isCuttable` pipeline can be dispatched in pieces, which costs a few instructions on some
  /// devices.
  package func makePipeline(
    spirv: [UInt32], bufferCount: Int, pushConstantByteCount: Int, specialization: [UInt32] = [],
    subgroupSize: Int? = nil, isCuttable: Bool = false, label: String
  ) throws(VulkanError) -> ComputePipeline {
    try ComputePipeline(
      logical, cache: pipelineCache.object, spirv: spirv, bufferCount: bufferCount,
      pushConstantByteCount: pushConstantByteCount, specialization: specialization,
      subgroupSize: subgroupSize, isCuttable: isCuttable, label: label)
  }

  /// A pool for `sets` calls of `bind` with `descriptors` slices in total.
  package func makeDescriptorArena(sets: Int, descriptors: Int) throws(VulkanError) -> DescriptorArena {
    try DescriptorArena(logical, sets: sets, descriptors: descriptors)
  }

  /// A pool of `count` timestamps; throws `featureMissing` if the device has none.
  package func makeTimestampPool(count: Int) throws(VulkanError) -> TimestampPool {
    try TimestampPool(logical, count: count)
  }

  /// Records the commands that `body` writes.
  ///
  /// A recording that is not `reusable` can be submitted only once, and may be cheaper to record.
  package func record(
    label: String, reusable: Bool = true, _ body: (inout CommandRecorder) throws(VulkanError) -> Void
  ) throws(VulkanError) -> CommandBuffer {
    try CommandBuffer(in: commandPool, label: label, reusable: reusable, body)
  }
}
