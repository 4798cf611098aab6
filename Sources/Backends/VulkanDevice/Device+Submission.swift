/// Submitted command buffers, and the timeline value that signals their completion.
struct Submission {
  let value: UInt64
  let commandBuffers: [CommandBuffer]
}

extension Device {
  /// Submits command buffers, to run in this order and after all earlier submissions.
  ///
  /// - Returns: the value to `wait(for:)`; it grows by one with each submission.
  /// - Throws: `deviceLost`.
  @discardableResult
  package func submit(_ commandBuffers: [CommandBuffer]) throws(VulkanError) -> UInt64 {
    for commandBuffer in commandBuffers {
      precondition(
        commandBuffer.isReusable || !commandBuffer.wasSubmitted,
        "command buffer \(commandBuffer.label) was recorded for one submission")
      commandBuffer.wasSubmitted = true
    }
    let value = lastSubmitted + 1
    if value == logical.faults.lostAtSubmission { isLost = true }
    try checkPresence("vkQueueSubmit")
    try timeline.submit(commandBuffers.map(\.handle), reaching: value)
    lastSubmitted = value
    logical.counters.submissions += 1
    inFlight.append(Submission(value: value, commandBuffers: commandBuffers))
    // Bounds the list for callers that never wait.
    if inFlight.count.isMultiple(of: 64) { forget(upTo: try timeline.value) }
    return value
  }

  /// Blocks until the submission that returned `value` has finished; without a `timeout`, indefinitely.
  ///
  /// - Throws: `timedOut`, `deviceLost`.
  package func wait(for value: UInt64, timeout: Duration? = nil) throws(VulkanError) {
    precondition(value <= lastSubmitted, "waiting for \(value), but only \(lastSubmitted) were submitted")
    try checkPresence("vkWaitSemaphores")
    try timeline.wait(for: value, nanoseconds: timeout?.nanoseconds ?? .max)
    forget(upTo: value)
  }

  /// The value of the last finished submission.
  package var completedValue: UInt64 {
    get throws(VulkanError) {
      let value = try timeline.value
      forget(upTo: value)
      return value
    }
  }

  /// A simulated device loss is permanent.
  private func checkPresence(_ call: String) throws(VulkanError) {
    if isLost { throw .deviceLost(during: call) }
  }

  private func forget(upTo value: UInt64) {
    inFlight.removeAll { $0.value <= value }
  }
}

extension Duration {
  /// Clamped to 0 and the range of 64 bits (584 years).
  fileprivate var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let rest = UInt64(clamping: attoseconds / 1_000_000_000)
    return overflow || whole > .max - rest ? .max : whole + rest
  }
}
