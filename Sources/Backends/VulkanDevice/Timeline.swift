import CVulkan

/// A timeline semaphore, whose value the device raises as submissions finish.
struct Timeline {
  private let device: LogicalDevice
  private let semaphore: DeviceObject

  init(_ device: LogicalDevice) throws(VulkanError) {
    let scratch = Scratch()
    defer { scratch.free() }
    let type = VkSemaphoreTypeCreateInfo.make { $0.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE }
    var info = VkSemaphoreCreateInfo.make { $0.pNext = scratch.next(type) }
    let functions = device.functions
    semaphore = try DeviceObject(device, "vkCreateSemaphore", destroy: functions.destroySemaphore) {
      functions.createSemaphore(device.handle, &info, nil, &$0)
    }
    self.device = device
  }

  /// The current value.
  var value: UInt64 {
    get throws(VulkanError) {
      var value: UInt64 = 0
      try check(
        device.functions.getSemaphoreCounterValue(device.handle, semaphore.handle, &value),
        "vkGetSemaphoreCounterValue")
      return value
    }
  }

  /// Blocks until `value` is reached.
  ///
  /// - Throws: `timedOut` after `nanoseconds`, `deviceLost`.
  func wait(for value: UInt64, nanoseconds: UInt64) throws(VulkanError) {
    let scratch = Scratch()
    defer { scratch.free() }
    var info = VkSemaphoreWaitInfo.make {
      $0.semaphoreCount = 1
      $0.pSemaphores = scratch.array([semaphore.handle])
      $0.pValues = scratch.array([value])
    }
    try check(device.functions.waitSemaphores(device.handle, &info, nanoseconds), "vkWaitSemaphores")
  }

  /// Submits `commandBuffers`; the timeline reaches `value` when they have finished.
  func submit(_ commandBuffers: [VkCommandBuffer], reaching value: UInt64) throws(VulkanError) {
    let scratch = Scratch()
    defer { scratch.free() }
    let signal = VkTimelineSemaphoreSubmitInfo.make {
      $0.signalSemaphoreValueCount = 1
      $0.pSignalSemaphoreValues = scratch.array([value])
    }
    var info = VkSubmitInfo.make {
      $0.pNext = scratch.next(signal)
      $0.commandBufferCount = UInt32(commandBuffers.count)
      $0.pCommandBuffers = scratch.array(commandBuffers)
      $0.signalSemaphoreCount = 1
      $0.pSignalSemaphores = scratch.array([semaphore.handle])
    }
    try check(device.functions.queueSubmit(device.queue, 1, &info, nil), "vkQueueSubmit")
  }
}
