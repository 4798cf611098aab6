import VulkanDevice

/// How many 32-bit values an invocation can hold in registers: Vulkan does not tell, but who made the device is known.
enum RegisterFile {
  /// Of a device whatever the kernel.
  ///
  /// AMD's and NVIDIA's cards have 256 for an invocation; Qualcomm's compiler makes do with less for the same kernels. Intel's
  /// threads have 128 of a width of their own, which is half of what most kernels are compiled for. Of others nothing is known,
  /// and little assumed.
  static func count(of device: PhysicalDevice) -> Int {
    switch device.vendorID {
    case 0x1002, 0x10DE, 0x5143: 256
    case PhysicalDevice.intel: 64
    default: device.kind == .software ? 256 : 64
    }
  }

  /// The same where all invocations of a workgroup are in subgroups of a size.
  static func count(of device: PhysicalDevice, subgroupSize: Int) -> Int {
    guard device.vendorID == PhysicalDevice.intel else { return count(of: device) }
    return 128 * (device.limits.subgroupSizes?.least ?? 8) / subgroupSize
  }
}

extension PhysicalDevice {
  static let intel: UInt32 = 0x8086
}
