import Wording

/// Errors of Vulkan and its devices; programmer errors trap instead.
package enum VulkanError: Error, Equatable, Sendable {
  /// `libvulkan.so.1` could not be opened; carries the dynamic linker's reason.
  case loaderMissing(String)
  /// The loader is present, but no driver, or none that finds a device.
  case driverMissing
  /// The loader or the driver lacks a function of Vulkan 1.2.
  case functionMissing(String)
  /// Validation was requested, but its layer is not installed.
  case validationLayerMissing
  /// `available` holds the names of the devices, in index order.
  case noSuchDevice(index: Int, available: [String])
  case featureMissing(device: String, feature: String)
  /// `requested` is in bytes.
  case outOfDeviceMemory(requested: Int, label: String)
  case deviceLost(during: String)
  case timedOut(during: String)
  /// Any other result; `code` is the raw `VkResult`.
  case failed(call: String, code: Int32)
}

extension VulkanError: CustomStringConvertible {
  /// One sentence: what happened, then what to do about it.
  package var description: String {
    switch self {
    case .loaderMissing(let reason):
      "no Vulkan loader (\(reason)): install Debian's package libvulkan1"
    case .driverMissing:
      "no Vulkan driver found a device: install mesa-vulkan-drivers (AMD, Intel) or nvidia-driver (NVIDIA), "
        + "and make sure that your user is in the groups render and video"
    case .functionMissing(let name):
      "the Vulkan loader or driver lacks \(name): update both to Vulkan 1.2 or later"
    case .validationLayerMissing:
      "the Vulkan validation layer is not installed: install Debian's package vulkan-validationlayers"
    case .noSuchDevice(let index, let available):
      "there is no Vulkan device \(index): \(Self.listing(available))"
    case .featureMissing(let device, let feature):
      "\(device) lacks \(feature): update its driver or choose another device"
    case .outOfDeviceMemory(let requested, let label):
      "the device has no \(Self.size(requested)) left for \(label): "
        + "use a smaller batch or model, or close other programs that use the GPU"
    case .deviceLost(let call):
      "the GPU was lost during \(call): its driver reset it or stopped; see the kernel log (dmesg), "
        + "then start again from the last checkpoint"
    case .timedOut(let call):
      "the GPU did not finish in time (\(call)): wait longer or submit less work at once"
    case .failed(let call, let code):
      "\(call) failed with \(resultName(code)): update the GPU's driver, or report this to Lemnos"
    }
  }

  private static func listing(_ names: [String]) -> String {
    guard !names.isEmpty else { return "no device was found" }
    let choices = names.enumerated().map { "\($0.offset) (\($0.element))" }
    return "choose \(choices.joined(separator: " or "))"
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes) bytes" : bytes.inMegabytes()
  }
}
