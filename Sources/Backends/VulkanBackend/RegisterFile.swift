import VulkanDevice

/// The 32-bit registers per invocation: Vulkan does not report them, so they are inferred from the vendor.
enum RegisterFile {
  /// The count of a device for any kernel.
  ///
  /// AMD and NVIDIA GPUs have 256 per invocation; Qualcomm's compiler needs fewer for the same kernels. Intel
  /// threads have 128 SIMD registers, which is half of what most kernels are compiled for. For others a low
  /// number is assumed.
  static func count(of device: PhysicalDevice) -> Int {
    switch device.vendorID {
    case 0x1002, 0x10DE, 0x5143: 256
    case PhysicalDevice.intel: 64
    default: device.kind == .software ? 256 : 64
    }
  }

  /// The same where all invocations of a workgroup are in subgroups of a given size.
  static func count(of device: PhysicalDevice, subgroupSize: Int) -> Int {
    guard device.vendorID == PhysicalDevice.intel else { return count(of: device) }
    return 128 * (device.limits.subgroupSizes?.least ?? 8) / subgroupSize
  }
}

extension PhysicalDevice {
  static let intel: UInt32 = 0x8086
}
