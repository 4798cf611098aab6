import CVulkan

/// The entry point to Vulkan: opens the loader and lists the devices.
///
/// Retained by the `Device`s made from it.
///
/// Not Sendable: owned by one isolation domain.
package final class Instance {
  /// All devices, including software ones, in the loader's order.
  package let devices: [PhysicalDevice]
  package let validation: Validation

  let core: InstanceHandle
  private let handles: [VkPhysicalDevice]

  /// - Parameters:
  ///   - validation: the checks to enable, at a cost; findings appear in `validationMessages`.
  ///   - loaderPath: the loader to open instead of the system's.
  /// - Throws: `loaderMissing`, `driverMissing`, `validationLayerMissing`, or `featureMissing` for a loader
  ///   before Vulkan 1.2. A system without devices is no error: `devices` is empty.
  package init(validation: Validation = .off, loaderPath: String? = nil) throws(VulkanError) {
    let core = try InstanceHandle(Loader(path: loaderPath ?? Loader.defaultPath), validation: validation)
    self.core = core
    self.validation = validation
    handles = try Self.physicalDevices(of: core)
    devices = handles.enumerated().map { PhysicalDevice(reading: $1, at: $0, core.functions) }
  }

  /// The highest Vulkan version supported by the system's loader.
  package static func loaderVersion() throws(VulkanError) -> Version {
    try InstanceHandle.loaderVersion(Loader(path: Loader.defaultPath))
  }

  /// The Vulkan version of the system's validation layer; nil if there is none.
  package static func validationVersion() throws(VulkanError) -> Version? {
    try InstanceHandle.validationVersion(Loader(path: Loader.defaultPath))
  }

  /// The validation messages so far: warnings and errors, without duplicates.
  package var validationMessages: [String] { core.log.messages }

  private static func physicalDevices(of core: InstanceHandle) throws(VulkanError) -> [VkPhysicalDevice] {
    do {
      return try enumerate("vkEnumeratePhysicalDevices", blank: nil) {
        core.functions.enumeratePhysicalDevices(core.handle, &$0, $1)
      }.compactMap(\.self)
    } catch .failed(_, VK_ERROR_INITIALIZATION_FAILED.rawValue) {
      throw .driverMissing  // the loader's result if there are drivers, but none finds a device
    }
  }

  func handle(of device: PhysicalDevice) throws(VulkanError) -> VkPhysicalDevice {
    guard handles.indices.contains(device.index) else {
      throw .noSuchDevice(index: device.index, available: devices.map(\.name))
    }
    return handles[device.index]
  }
}
