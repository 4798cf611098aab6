import Glibc

/// How fast messages go between two ranks, for `lemnos doctor`.
package struct LinkMeasurement: Sendable {
  /// The two ranks.
  package let ranks: (Int, Int)
  /// Their hosts.
  package let hosts: (String, String)
  /// Half the time of an empty message there and back, in microseconds; the median of many.
  package let latency: Double
  /// Of messages of `bulk` bytes one way, in megabytes of 1000² bytes a second; the median of several.
  package let bandwidth: Double
  /// What carries messages, as far as can be told: "shared memory" on one host, else "network".
  package var transport: String { hosts.0 == hosts.1 ? "shared memory" : "network" }

  /// The bytes of each message that the bandwidth is measured with.
  package static let bulk = 16 << 20
}

extension Communicator {
  /// Measures messages between rank 0 and each other rank, one after another; all ranks have to call it.
  ///
  /// - Parameters:
  ///   - rounds: short messages; bulk messages are a hundredth of them, but five at least.
  /// - Returns: on rank 0 what was measured, on others nothing.
  package func measureLinks(rounds: Int = 1000) throws(MessagePassingError) -> [LinkMeasurement] {
    var results: [LinkMeasurement] = []
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: LinkMeasurement.bulk, alignment: 64)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 1)
    let nothing = UnsafeMutableRawBufferPointer(rebasing: memory[0..<0])
    for peer in 1..<max(size, 1) {
      try barrier(as: ActivityName("the measurement of messages"))
      guard rank == 0 || rank == peer else { continue }
      let short = try median(rounds, peer, nothing, reply: nothing)
      let long = try median(max(5, rounds / 100), peer, memory, reply: nothing)
      if rank == 0 {
        results.append(
          LinkMeasurement(
            ranks: (0, peer), hosts: (hosts[0], hosts[peer]), latency: short / 2 * 1e6,
            bandwidth: Double(memory.count) / max(long - short / 2, 1e-9) / 1e6))
      }
    }
    try barrier(as: ActivityName("the measurement of messages"))
    return results
  }

  /// Seconds of a message and its reply.
  private func median(
    _ rounds: Int, _ peer: Int, _ message: UnsafeMutableRawBufferPointer, reply: UnsafeMutableRawBufferPointer
  ) throws(MessagePassingError) -> Double {
    var times: [Double] = []
    for _ in 0..<rounds {
      let start = ContinuousClock.now
      if rank == 0 {
        try wait(for: startSend(UnsafeRawBufferPointer(message), to: peer))
        try wait(for: startReceive(into: reply, from: peer))
      } else {
        try wait(for: startReceive(into: message, from: 0))
        try wait(for: startSend(UnsafeRawBufferPointer(reply), to: 0))
      }
      let time = (ContinuousClock.now - start).components
      times.append(Double(time.seconds) + Double(time.attoseconds) / 1e18)
    }
    return times.sorted()[rounds / 2]
  }
}
