import Dispatch
import Lemnos
import Synchronization

/// What saving came to, in seconds.
struct CheckpointTimes: Encodable {
  var count = 0
  /// The longest that a checkpoint took to be on the disk.
  var longestWrite = 0.0
  /// The longest that training waited for one.
  var longestWait = 0.0
}

/// Writes checkpoints one after another on a thread of its own, so that a run does not wait for the disk.
final class CheckpointWriter: Sendable {
  private let queue = DispatchQueue(label: "lemnos.checkpoints")
  private let failure = Mutex<CheckpointError?>(nil)
  private let measured = Mutex(CheckpointTimes())

  /// Of all that were written so far.
  var times: CheckpointTimes { measured.withLock { $0 } }

  /// Begins to write when what was to be written before is on the disk; waits for that, so that memory holds one at a time.
  ///
  /// - Throws: what went wrong before.
  func write(_ body: @escaping @Sendable () throws(CheckpointError) -> Void) throws {
    try finish()
    queue.async { [self] in
      let start = ContinuousClock.now
      do throws(CheckpointError) { try body() } catch { failure.withLock { $0 = $0 ?? error } }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      measured.withLock { $0.longestWrite = max($0.longestWrite, seconds) }
    }
  }

  /// Notes for how long training waited for a checkpoint.
  func note(wait: Duration) {
    measured.withLock { times in
      times.count += 1
      times.longestWait = max(times.longestWait, wait / .seconds(1))
    }
  }

  /// Waits for the disk.
  ///
  /// - Throws: what went wrong, once.
  func finish() throws {
    queue.sync {}
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }
}
