import CVulkan

/// A device that is opened only to ask its driver what it makes of shaders.
///
/// It submits nothing, so the driver's device may be one without hardware, on which no semaphore can be made.
package final class PipelineInspector {
  private let device: LogicalDevice
  private let cache: PipelineCache

  /// - Throws: `featureMissing` for a driver that does not tell, besides what `Device` throws.
  package init(_ physicalDevice: PhysicalDevice, of instance: Instance) throws(VulkanError) {
    device = try LogicalDevice(physicalDevice, of: instance, faults: DeviceFaults(), keepsStatistics: true)
    cache = try PipelineCache(device, [])
  }

  /// Compiles a shader as `Device.makePipeline` does, and returns what the driver says about its machine code.
  package func statistics(
    spirv: [UInt32], bufferCount: Int, pushConstantByteCount: Int, specialization: [UInt32] = [],
    subgroupSize: Int? = nil, label: String
  ) throws(VulkanError) -> PipelineStatistics {
    let pipeline = try ComputePipeline(
      device, cache: cache.object, spirv: spirv, bufferCount: bufferCount,
      pushConstantByteCount: pushConstantByteCount, specialization: specialization,
      subgroupSize: subgroupSize,
      label: label)
    guard let functions = device.statistics else { return PipelineStatistics(values: [:]) }
    var pipelineInfo = VkPipelineInfoKHR.make { $0.pipeline = pipeline.pipeline.handle }
    let executables = try enumerate(
      "vkGetPipelineExecutablePropertiesKHR", blank: VkPipelineExecutablePropertiesKHR.make()
    ) { functions.getProperties(device.handle, &pipelineInfo, &$0, $1) }
    var values: [String: Double] = [:]
    // A compute pipeline is one executable with most drivers; where it is several, their numbers add up.
    for index in executables.indices {
      var info = VkPipelineExecutableInfoKHR.make {
        $0.pipeline = pipeline.pipeline.handle
        $0.executableIndex = UInt32(index)
      }
      let statistics = try enumerate(
        "vkGetPipelineExecutableStatisticsKHR", blank: VkPipelineExecutableStatisticKHR.make()
      ) { functions.getStatistics(device.handle, &info, &$0, $1) }
      for statistic in statistics { values[text(statistic.name), default: 0] += statistic.number }
    }
    return PipelineStatistics(values: values)
  }
}
