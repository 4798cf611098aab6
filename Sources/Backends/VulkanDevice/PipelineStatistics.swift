import CVulkan

/// The driver's statistics of a compiled shader: registers, spills, shared memory, instructions, by the
/// driver's names.
package struct PipelineStatistics: Sendable, Hashable {
  static let extensionName = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME

  /// Such as "VGPRs" and "Spilled VGPRs" from Mesa's driver for AMD.
  package let values: [String: Double]

  package subscript(name: String) -> Double? { values[name] }
}

extension VkPipelineExecutableStatisticKHR {
  var number: Double {
    switch format {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: value.b32.isTrue ? 1 : 0
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: Double(value.i64)
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR: value.f64
    default: Double(value.u64)
    }
  }
}

/// The functions of `VK_KHR_pipeline_executable_properties`, if that extension is enabled.
struct StatisticsFunctions {
  let getProperties: PFN_vkGetPipelineExecutablePropertiesKHR
  let getStatistics: PFN_vkGetPipelineExecutableStatisticsKHR

  init(_ device: VkDevice, _ getDeviceProcAddr: PFN_vkGetDeviceProcAddr) throws(VulkanError) {
    func resolve<Function>(_ name: String) throws(VulkanError) -> Function {
      guard let address = getDeviceProcAddr(device, name) else { throw .functionMissing(name) }
      return unsafeBitCast(address, to: Function.self)
    }
    getProperties = try resolve("vkGetPipelineExecutablePropertiesKHR")
    getStatistics = try resolve("vkGetPipelineExecutableStatisticsKHR")
  }
}
