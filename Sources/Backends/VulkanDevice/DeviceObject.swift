import CVulkan

/// Owns one device handle and destroys it (RAII): composite objects need no cleanup code, even if
/// initialization fails halfway.
final class DeviceObject {
  /// The type of `vkDestroyBuffer`, `vkFreeMemory` and the like: in C every handle is a pointer.
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
