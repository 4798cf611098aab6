import CVulkan

/// The way into Vulkan: opens the loader and lists the devices.
///
/// A `Device` made from it keeps it alive.
///
/// Not Sendable: owned by one isolation domain.
package final class Instance {
  /// Every device that a driver offers, software ones included, in the loader's order.
  package let devices: [PhysicalDevice]
  package let validation: Validation

  let core: InstanceHandle
  private let handles: [VkPhysicalDevice]

  /// - Parameters:
  ///   - validation: `.full` has every call checked, at a cost; what is wrong appears in `validationMessages`.
  ///   - loaderPath: the loader to open, when it is not the system's.
  /// - Throws: `loaderMissing`, `driverMissing`, `validationLayerMissing`, or `featureMissing` for a loader before
  ///   Vulkan 1.2. That there is no device is no error: `devices` is empty then.
  package init(validation: Validation = .off, loaderPath: String? = nil) throws(VulkanError) {
    let core = try InstanceHandle(Loader(path: loaderPath ?? Loader.defaultPath), validation: validation)
    self.core = core
    self.validation = validation
    handles = try Self.physicalDevices(of: core)
    devices = handles.enumerated().map { PhysicalDevice(reading: $1, at: $0, core.functions) }
  }

  /// The newest version of Vulkan that the system's loader knows.
  package static func loaderVersion() throws(VulkanError) -> Version {
    try InstanceHandle.loaderVersion(Loader(path: Loader.defaultPath))
  }

  /// The version of Vulkan that the system's validation layer is written for; nil where there is none.
  package static func validationVersion() throws(VulkanError) -> Version? {
    try InstanceHandle.validationVersion(Loader(path: Loader.defaultPath))
  }

  /// What the validation layer complained about so far: warnings and errors, each different one once.
  package var validationMessages: [String] { core.log.messages }

  private static func physicalDevices(of core: InstanceHandle) throws(VulkanError) -> [VkPhysicalDevice] {
    do {
      return try enumerate("vkEnumeratePhysicalDevices", blank: nil) {
        core.functions.enumeratePhysicalDevices(core.handle, &$0, $1)
      }.compactMap(\.self)
    } catch .failed(_, VK_ERROR_INITIALIZATION_FAILED.rawValue) {
      throw .driverMissing  // so says the loader when there are drivers and each of them found nothing
    }
  }

  func handle(of device: PhysicalDevice) throws(VulkanError) -> VkPhysicalDevice {
    guard handles.indices.contains(device.index) else {
      throw .noSuchDevice(index: device.index, available: devices.map(\.name))
    }
    return handles[device.index]
  }
}
