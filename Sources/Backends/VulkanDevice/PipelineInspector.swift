import CVulkan

/// A device opened only to query the driver's statistics of compiled shaders.
///
/// It submits nothing, so the device may lack hardware, on which no semaphore can be created.
package final class PipelineInspector {
  private let device: LogicalDevice
  private let cache: PipelineCache

  /// - Throws: `featureMissing` if the driver reports no statistics, and the errors of `Device`.
  package init(_ physicalDevice: PhysicalDevice, of instance: Instance) throws(VulkanError) {
    device = try LogicalDevice(physicalDevice, of: instance, faults: DeviceFaults(), keepsStatistics: true)
    cache = try PipelineCache(device, [])
  }

  /// Compiles a shader as `Device.makePipeline` does, and returns the driver's statistics of its machine
  /// code.
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
    // Most drivers make one executable of a compute pipeline; if there are several, their numbers are added.
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
