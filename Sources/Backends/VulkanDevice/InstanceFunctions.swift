import CVulkan

/// The functions that take an instance or a physical device, resolved once.
struct InstanceFunctions {
  let destroyInstance: PFN_vkDestroyInstance
  let enumeratePhysicalDevices: PFN_vkEnumeratePhysicalDevices
  let getProperties: PFN_vkGetPhysicalDeviceProperties
  let getProperties2: PFN_vkGetPhysicalDeviceProperties2
  let getFeatures2: PFN_vkGetPhysicalDeviceFeatures2
  let getMemoryProperties: PFN_vkGetPhysicalDeviceMemoryProperties
  let getMemoryProperties2: PFN_vkGetPhysicalDeviceMemoryProperties2
  let enumerateDeviceExtensions: PFN_vkEnumerateDeviceExtensionProperties
  let getQueueFamilyProperties: PFN_vkGetPhysicalDeviceQueueFamilyProperties
  let enumerateDeviceExtensionProperties: PFN_vkEnumerateDeviceExtensionProperties
  let createDevice: PFN_vkCreateDevice
  let getDeviceProcAddr: PFN_vkGetDeviceProcAddr
  /// Nil unless the loader or a driver supports `VK_KHR_cooperative_matrix`.
  let getCooperativeMatrices: PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR?

  init(_ instance: VkInstance, _ loader: Loader) throws(VulkanError) {
    destroyInstance = try loader.function("vkDestroyInstance", of: instance)
    enumeratePhysicalDevices = try loader.function("vkEnumeratePhysicalDevices", of: instance)
    getProperties = try loader.function("vkGetPhysicalDeviceProperties", of: instance)
    getProperties2 = try loader.function("vkGetPhysicalDeviceProperties2", of: instance)
    getFeatures2 = try loader.function("vkGetPhysicalDeviceFeatures2", of: instance)
    getMemoryProperties = try loader.function("vkGetPhysicalDeviceMemoryProperties", of: instance)
    getMemoryProperties2 = try loader.function("vkGetPhysicalDeviceMemoryProperties2", of: instance)
    enumerateDeviceExtensions = try loader.function("vkEnumerateDeviceExtensionProperties", of: instance)
    getQueueFamilyProperties = try loader.function("vkGetPhysicalDeviceQueueFamilyProperties", of: instance)
    enumerateDeviceExtensionProperties = try loader.function(
      "vkEnumerateDeviceExtensionProperties", of: instance)
    createDevice = try loader.function("vkCreateDevice", of: instance)
    getDeviceProcAddr = try loader.function("vkGetDeviceProcAddr", of: instance)
    getCooperativeMatrices = try? loader.function(
      "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR", of: instance)
  }
}

/// The functions of `VK_EXT_debug_utils`, if that extension is enabled.
struct DebugFunctions {
  let createMessenger: PFN_vkCreateDebugUtilsMessengerEXT
  let destroyMessenger: PFN_vkDestroyDebugUtilsMessengerEXT
  let setObjectName: PFN_vkSetDebugUtilsObjectNameEXT
  let beginLabel: PFN_vkCmdBeginDebugUtilsLabelEXT
  let endLabel: PFN_vkCmdEndDebugUtilsLabelEXT

  init(_ instance: VkInstance, _ loader: Loader) throws(VulkanError) {
    createMessenger = try loader.function("vkCreateDebugUtilsMessengerEXT", of: instance)
    destroyMessenger = try loader.function("vkDestroyDebugUtilsMessengerEXT", of: instance)
    setObjectName = try loader.function("vkSetDebugUtilsObjectNameEXT", of: instance)
    beginLabel = try loader.function("vkCmdBeginDebugUtilsLabelEXT", of: instance)
    endLabel = try loader.function("vkCmdEndDebugUtilsLabelEXT", of: instance)
  }
}
