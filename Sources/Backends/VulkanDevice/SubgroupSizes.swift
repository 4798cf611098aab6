import CVulkan

/// The subgroup sizes that a compute shader can require: VK_EXT_subgroup_size_control, part of Vulkan 1.3.
///
/// A shader with a required size has full subgroups of it. Without, sizes may differ from
/// `Limits.subgroupSize`.
package struct SubgroupSizes: Sendable, Hashable {
  static let extensionName = VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME

  package let least: Int
  package let greatest: Int

  package init(least: Int, greatest: Int) { (self.least, self.greatest) = (least, greatest) }

  /// Nil for a device whose shaders cannot require a size.
  init?(of device: VkPhysicalDevice, extensions: [String], _ functions: InstanceFunctions) {
    guard extensions.contains(Self.extensionName) else { return nil }
    let scratch = Scratch()
    defer { scratch.free() }
    let control = scratch.pointer(to: VkPhysicalDeviceSubgroupSizeControlFeatures.make())
    var features = VkPhysicalDeviceFeatures2.make { $0.pNext = UnsafeMutableRawPointer(control) }
    functions.getFeatures2(device, &features)
    let sizes = scratch.pointer(to: VkPhysicalDeviceSubgroupSizeControlProperties.make())
    var properties = VkPhysicalDeviceProperties2.make { $0.pNext = UnsafeMutableRawPointer(sizes) }
    functions.getProperties2(device, &properties)
    guard control.pointee.subgroupSizeControl.isTrue, control.pointee.computeFullSubgroups.isTrue,
      sizes.pointee.requiredSubgroupSizeStages & flags(VK_SHADER_STAGE_COMPUTE_BIT) != 0
    else { return nil }
    (least, greatest) = (Int(sizes.pointee.minSubgroupSize), Int(sizes.pointee.maxSubgroupSize))
  }
}

extension PhysicalDevice {
  /// The feature structures that enable it, chained before others.
  func subgroupSizeFeatures(_ scratch: Scratch, before next: UnsafeMutableRawPointer?)
    -> UnsafeMutableRawPointer?
  {
    if limits.subgroupSizes == nil { return next }
    let control = VkPhysicalDeviceSubgroupSizeControlFeatures.make {
      $0.pNext = next
      $0.subgroupSizeControl = VkBool32(true)
      $0.computeFullSubgroups = VkBool32(true)
    }
    return UnsafeMutableRawPointer(scratch.pointer(to: control))
  }
}
