import CVulkan

/// The memory that command buffers are recorded in.
final class CommandPool {
  let device: LogicalDevice
  private let pool: DeviceObject

  init(_ device: LogicalDevice) throws(VulkanError) {
    var info = VkCommandPoolCreateInfo.make { $0.queueFamilyIndex = device.queueFamily }
    let functions = device.functions
    pool = try DeviceObject(device, "vkCreateCommandPool", destroy: functions.destroyCommandPool) {
      functions.createCommandPool(device.handle, &info, nil, &$0)
    }
    self.device = device
  }

  func allocate() throws(VulkanError) -> VkCommandBuffer {
    var info = VkCommandBufferAllocateInfo.make {
      $0.commandPool = pool.handle
      $0.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY
      $0.commandBufferCount = 1
    }
    return try create("vkAllocateCommandBuffers") {
      device.functions.allocateCommandBuffers(device.handle, &info, &$0)
    }
  }

  func free(_ commandBuffer: VkCommandBuffer) {
    var handle: VkCommandBuffer? = commandBuffer
    device.functions.freeCommandBuffers(device.handle, pool.handle, 1, &handle)
  }
}
