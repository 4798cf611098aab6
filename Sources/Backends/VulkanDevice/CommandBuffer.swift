import CVulkan

/// Recorded work, ready to be submitted.
///
/// Keeps alive every buffer, pipeline and pool that it names.
///
/// A reusable one may be submitted again while an earlier submission is still running, and several times in one
/// submission; each run then begins when the one before has ended.
package final class CommandBuffer {
  package let label: String
  package let isReusable: Bool

  let handle: VkCommandBuffer
  /// Set by the submission; a command buffer that is not reusable goes only once.
  var wasSubmitted = false
  private let pool: CommandPool
  private var retained: [AnyObject] = []

  init(
    in pool: CommandPool, label: String, reusable: Bool,
    _ body: (inout CommandRecorder) throws(VulkanError) -> Void
  ) throws(VulkanError) {
    handle = try pool.allocate()
    self.pool = pool
    self.label = label
    isReusable = reusable
    pool.device.setName(label, of: handle, VK_OBJECT_TYPE_COMMAND_BUFFER)
    try record(body)
  }

  deinit { pool.free(handle) }

  private func record(_ body: (inout CommandRecorder) throws(VulkanError) -> Void) throws(VulkanError) {
    let functions = pool.device.functions
    var info = VkCommandBufferBeginInfo.make {
      $0.flags =
        isReusable
        ? flags(VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT)
        : flags(VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT)
    }
    try check(functions.beginCommandBuffer(handle, &info), "vkBeginCommandBuffer")
    var recorder = CommandRecorder(pool.device, into: handle)
    recorder.barrier()  // after all that was submitted before
    try body(&recorder)
    retained = recorder.finish()
    try check(functions.endCommandBuffer(handle), "vkEndCommandBuffer")
    if isReusable { pool.device.counters.recordings += 1 } else { pool.device.counters.transfers += 1 }
  }
}
