import CVulkan
import Synchronization

/// Owns a `VkDevice`, retained by every object made from it, so that it is destroyed last.
final class LogicalDevice {
  let instance: Instance
  let physicalDevice: PhysicalDevice
  let handle: VkDevice
  let functions: DeviceFunctions
  let queue: VkQueue
  let queueFamily: UInt32
  var counters = VulkanCounters()
  let physicalHandle: VkPhysicalDevice
  let faults: DeviceFaults

  /// Bytes of `.device` buffers currently allocated.
  var allocatedByteCount = 0

  /// Nil unless the driver reports pipeline statistics.
  let statistics: StatisticsFunctions?

  /// - Throws: `featureMissing`, `noSuchDevice`, or what `vkCreateDevice` reports.
  init(
    _ physicalDevice: PhysicalDevice, of instance: Instance, faults: DeviceFaults,
    keepsStatistics: Bool = false
  ) throws(VulkanError) {
    if let missing = physicalDevice.missingFeature {
      throw .featureMissing(device: physicalDevice.name, feature: missing)
    }
    if keepsStatistics, !physicalDevice.features.pipelineStatistics {
      throw .featureMissing(device: physicalDevice.name, feature: PipelineStatistics.extensionName)
    }
    let family = UInt32(physicalDevice.computeQueueFamily ?? 0)
    physicalHandle = try instance.handle(of: physicalDevice)
    self.faults = faults
    handle = try Self.createDevice(physicalDevice, instance, family, keepsStatistics: keepsStatistics)
    let getDeviceProcAddr = instance.core.functions.getDeviceProcAddr
    functions = try DeviceFunctions(handle, getDeviceProcAddr)
    statistics = keepsStatistics ? try StatisticsFunctions(handle, getDeviceProcAddr) : nil
    var queue: VkQueue?
    functions.getDeviceQueue(handle, family, 0, &queue)
    guard let queue else { throw .failed(call: "vkGetDeviceQueue", code: VK_ERROR_UNKNOWN.rawValue) }
    self.queue = queue
    self.instance = instance
    self.physicalDevice = physicalDevice
    queueFamily = family
  }

  deinit { loaderLists.withLock { _ in functions.destroyDevice(handle, nil) } }

  /// Blocks until the queue is idle; a lost device counts as idle.
  func waitIdle() { _ = functions.deviceWaitIdle(handle) }

  /// Sets an object's debug name for validation messages and profilers.
  func setName(_ name: String, of object: OpaquePointer, _ type: VkObjectType) {
    guard let debug = instance.core.debug else { return }
    let scratch = Scratch()
    defer { scratch.free() }
    var info = VkDebugUtilsObjectNameInfoEXT.make {
      $0.objectType = type
      $0.objectHandle = UInt64(UInt(bitPattern: object))
      $0.pObjectName = scratch.string(name)
    }
    // A failure loses only the name.
    _ = loaderLists.withLock { _ in debug.setObjectName(handle, &info) }
  }
}

extension LogicalDevice {
  private static func createDevice(
    _ physicalDevice: PhysicalDevice, _ instance: Instance, _ queueFamily: UInt32, keepsStatistics: Bool
  ) throws(VulkanError) -> VkDevice {
    let physical = try instance.handle(of: physicalDevice)
    let scratch = Scratch()
    defer { scratch.free() }
    let queue = VkDeviceQueueCreateInfo.make {
      $0.queueFamilyIndex = queueFamily
      $0.queueCount = 1
      $0.pQueuePriorities = scratch.array([1])
    }
    let extensions =
      (keepsStatistics ? [PipelineStatistics.extensionName] : []) + physicalDevice.cooperativeExtensions
      + (physicalDevice.limits.subgroupSizes == nil ? [] : [SubgroupSizes.extensionName])
    var info = VkDeviceCreateInfo.make {
      $0.pNext = physicalDevice.enabledFeatures(scratch, keepsStatistics: keepsStatistics)
      $0.queueCreateInfoCount = 1
      $0.pQueueCreateInfos = scratch.array([queue])
      $0.enabledExtensionCount = UInt32(extensions.count)
      $0.ppEnabledExtensionNames = scratch.strings(extensions)
    }
    return try create("vkCreateDevice") { handle in
      loaderLists.withLock { _ in instance.core.functions.createDevice(physical, &info, nil, &handle) }
    }
  }
}

extension PhysicalDevice {
  /// The chain of feature structures to enable.
  ///
  /// Robust buffer access stays off: bounds checks cost up to 40 % of a matrix multiplication.
  fileprivate func enabledFeatures(_ scratch: Scratch, keepsStatistics: Bool) -> UnsafeRawPointer {
    let statistics = VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR.make {
      $0.pipelineExecutableInfo = VkBool32(true)
    }
    let vulkan12 = VkPhysicalDeviceVulkan12Features.make {
      $0.pNext = cooperativeFeatures(
        scratch,
        before: subgroupSizeFeatures(
          scratch, before: keepsStatistics ? UnsafeMutableRawPointer(scratch.pointer(to: statistics)) : nil))
      $0.vulkanMemoryModel = VkBool32(!cooperativeMatrices.isEmpty)
      $0.vulkanMemoryModelDeviceScope = VkBool32(!cooperativeMatrices.isEmpty)
      $0.timelineSemaphore = VkBool32(features.timelineSemaphore)
      $0.storageBuffer8BitAccess = VkBool32(features.storageBuffer8Bit)
      $0.shaderInt8 = VkBool32(features.shaderInt8)
      $0.shaderFloat16 = VkBool32(features.shaderFloat16)
    }
    let vulkan11 = VkPhysicalDeviceVulkan11Features.make {
      $0.pNext = UnsafeMutableRawPointer(scratch.pointer(to: vulkan12))
      $0.storageBuffer16BitAccess = VkBool32(features.storageBuffer16Bit)
    }
    return scratch.next(
      VkPhysicalDeviceFeatures2.make {
        $0.pNext = UnsafeMutableRawPointer(scratch.pointer(to: vulkan11))
        $0.features.shaderFloat64 = VkBool32(features.shaderFloat64)
      })
  }
}
