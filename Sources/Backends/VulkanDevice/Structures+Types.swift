import CVulkan

// MARK: Instance and device

extension VkApplicationInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_APPLICATION_INFO }
}
extension VkInstanceCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO }
}
extension VkLayerSettingsCreateInfoEXT: Structure {
  static var type: VkStructureType { LEMNOS_STRUCTURE_TYPE_LAYER_SETTINGS }
}
extension VkValidationFeaturesEXT: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT }
}
extension VkDebugUtilsMessengerCreateInfoEXT: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT }
}
extension VkDebugUtilsObjectNameInfoEXT: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT }
}
extension VkDebugUtilsLabelEXT: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT }
}
extension VkDeviceQueueCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO }
}
extension VkDeviceCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO }
}
extension VkPhysicalDeviceProperties2: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2 }
}
extension VkPhysicalDeviceVulkan11Properties: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES }
}
extension VkPhysicalDeviceVulkan12Properties: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES }
}
extension VkPhysicalDeviceFeatures2: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 }
}
extension VkPhysicalDeviceVulkan11Features: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES }
}
extension VkPhysicalDeviceVulkan12Features: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES }
}
extension VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR: Structure {
  static var type: VkStructureType {
    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR
  }
}
extension VkPhysicalDeviceMaintenance4Properties: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES }
}
extension VkPhysicalDeviceSubgroupSizeControlFeatures: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES }
}
extension VkPhysicalDeviceSubgroupSizeControlProperties: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES }
}
extension VkPipelineShaderStageRequiredSubgroupSizeCreateInfo: Structure {
  static var type: VkStructureType {
    VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO
  }
}
extension VkPhysicalDeviceCooperativeMatrixFeaturesKHR: Structure {
  static var type: VkStructureType { LEMNOS_STRUCTURE_TYPE_COOPERATIVE_MATRIX_FEATURES }
}
extension VkPhysicalDeviceCooperativeMatrixPropertiesKHR: Structure {
  static var type: VkStructureType { LEMNOS_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES }
}
extension VkCooperativeMatrixPropertiesKHR: Structure {
  static var type: VkStructureType { LEMNOS_STRUCTURE_TYPE_COOPERATIVE_MATRIX }
}
extension VkPhysicalDeviceShaderBfloat16FeaturesKHR: Structure {
  static var type: VkStructureType { LEMNOS_STRUCTURE_TYPE_SHADER_BFLOAT16_FEATURES }
}

// MARK: Memory

extension VkBufferCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO }
}
extension VkMemoryAllocateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO }
}
extension VkPhysicalDeviceMemoryProperties2: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2 }
}
extension VkPhysicalDeviceMemoryBudgetPropertiesEXT: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT }
}
extension VkMemoryBarrier: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_MEMORY_BARRIER }
}

// MARK: Pipelines and descriptors

extension VkShaderModuleCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO }
}
extension VkPipelineShaderStageCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO }
}
extension VkPipelineLayoutCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO }
}
extension VkComputePipelineCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO }
}
extension VkPipelineCacheCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO }
}
extension VkDescriptorSetLayoutCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO }
}
extension VkDescriptorPoolCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO }
}
extension VkDescriptorSetAllocateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO }
}
extension VkWriteDescriptorSet: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET }
}
extension VkPipelineInfoKHR: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR }
}
extension VkPipelineExecutableInfoKHR: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR }
}
extension VkPipelineExecutablePropertiesKHR: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR }
}
extension VkPipelineExecutableStatisticKHR: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR }
}

// MARK: Commands

extension VkCommandPoolCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO }
}
extension VkCommandBufferAllocateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO }
}
extension VkCommandBufferBeginInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO }
}
extension VkQueryPoolCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO }
}
extension VkSubmitInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_SUBMIT_INFO }
}
extension VkTimelineSemaphoreSubmitInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO }
}
extension VkSemaphoreTypeCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO }
}
extension VkSemaphoreCreateInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO }
}
extension VkSemaphoreWaitInfo: Structure {
  static var type: VkStructureType { VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO }
}
