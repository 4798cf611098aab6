/// An opened device: one compute queue, and the makers of everything that runs on it.
///
/// Whatever it makes keeps the underlying Vulkan device and instance alive. Work that is still running when the
/// `Device` goes away is waited for.
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
  /// Set by a fault for tests.
  var isLost = false
  private let commandPool: CommandPool
  private let pipelineCache: PipelineCache

  /// Opens a device, or throws `featureMissing` when it lacks what Lemnos needs.
  ///
  /// `pipelineCache` is what `pipelineCacheData` gave in an earlier run. The caller checks that it is whole: drivers
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

  /// The driver's compiled pipelines, for the next run.
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
  /// Its `bufferCount` storage buffers sit in set 0 at bindings 0, 1 and so on. `pushConstantByteCount` is a multiple
  /// of 4, within the device's limit. `specialization` gives the values of `constant_id` 0, 1 and so on as raw 32-bit
  /// words. One with a `subgroupSize` is made of whole subgroups of it; see `SubgroupSizes`. Only an `isCuttable` one can
  /// be dispatched in pieces, which costs a few instructions on some devices.
  package func makePipeline(
    spirv: [UInt32], bufferCount: Int, pushConstantByteCount: Int, specialization: [UInt32] = [],
    subgroupSize: Int? = nil, isCuttable: Bool = false, label: String
  ) throws(VulkanError) -> ComputePipeline {
    try ComputePipeline(
      logical, cache: pipelineCache.object, spirv: spirv, bufferCount: bufferCount,
      pushConstantByteCount: pushConstantByteCount, specialization: specialization,
      subgroupSize: subgroupSize, isCuttable: isCuttable, label: label)
  }

  /// Room for `sets` calls of `bind`, which name `descriptors` slices together.
  package func makeDescriptorArena(sets: Int, descriptors: Int) throws(VulkanError) -> DescriptorArena {
    try DescriptorArena(logical, sets: sets, descriptors: descriptors)
  }

  /// Room for `count` times, or throws `featureMissing` when the device has no clock.
  package func makeTimestampPool(count: Int) throws(VulkanError) -> TimestampPool {
    try TimestampPool(logical, count: count)
  }

  /// Records what `body` writes.
  ///
  /// Work that is not `reusable` can be submitted only once, and drivers may record it more cheaply.
  package func record(
    label: String, reusable: Bool = true, _ body: (inout CommandRecorder) throws(VulkanError) -> Void
  ) throws(VulkanError) -> CommandBuffer {
    try CommandBuffer(in: commandPool, label: label, reusable: reusable, body)
  }
}
