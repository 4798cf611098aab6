#if VULKAN
import VulkanBackend
import VulkanDevice
#endif

/// A device that Vulkan offers, for people to choose from.
public struct ComputeDevice: Hashable, Sendable {
  /// What `--device` takes.
  public let number: Int
  public let name: String

  /// "discrete", "integrated", "virtual", "software" or "other".
  public let kind: String
  public let driver: String
  public let apiVersion: String

  /// Bytes of memory of its own.
  public let memory: Int

  /// Whether it is a graphics card rather than a processor that speaks Vulkan.
  public let isRealGPU: Bool

  /// Whether gradients can be checked on it in float64.
  public let hasFloat64: Bool

  /// What Lemnos needs and it does not have; nil if it can be used.
  public let missingFeature: String?

  /// Every device that Vulkan offers.
  ///
  /// - Throws: `BackendUnavailable` without a loader or a driver.
  public static func all() throws(BackendUnavailable) -> [ComputeDevice] {
    #if VULKAN
    do {
      return try VulkanBackend.devices().map(ComputeDevice.init)
    } catch {
      throw BackendUnavailable(reason: "\(error)")
    }
    #else
    throw .notBuilt
    #endif
  }
}

#if VULKAN
extension ComputeDevice {
  private init(_ device: PhysicalDevice) {
    number = device.index
    name = device.name
    kind = "\(device.kind)"
    driver = "\(device.driverName) \(device.driverVersion)"
    apiVersion = "\(device.apiVersion)"
    memory = device.deviceLocalBytes
    isRealGPU = device.isRealGPU
    hasFloat64 = device.features.shaderFloat64
    missingFeature = device.missingFeature
  }
}
#endif
