import CVulkan

/// Owns one handle of a device and destroys it: whatever is built of several such objects needs no clean-up of its own,
/// not even when its making fails halfway.
final class DeviceObject {
  /// `vkDestroyBuffer`, `vkFreeMemory` and all their kin: in C every handle is a pointer.
  typealias Destroy =
    @convention(c) (VkDevice?, OpaquePointer?, UnsafePointer<VkAllocationCallbacks>?) -> Void

  let handle: OpaquePointer
  private let device: LogicalDevice
  private let destroy: Destroy

  init(
    _ device: LogicalDevice, _ call: String, destroy: Destroy, _ make: (inout OpaquePointer?) -> VkResult
  ) throws(VulkanError) {
    handle = try create(call, make)
    self.device = device
    self.destroy = destroy
  }

  deinit { destroy(device.handle, handle, nil) }
}
