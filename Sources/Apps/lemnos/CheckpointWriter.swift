import Dispatch
import Lemnos
import Synchronization

/// Checkpoint counts and times, in seconds.
struct CheckpointTimes: Encodable {
  var count = 0
  /// The longest time for a checkpoint to reach the disk.
  var longestWrite = 0.0
  /// The longest time that training was blocked by a checkpoint.
  var longestWait = 0.0
}

/// Writes checkpoints one after another on a background thread, so that a run does not wait for the disk.
final class CheckpointWriter: Sendable {
  private let queue = DispatchQueue(label: "lemnos.checkpoints")
  private let failure = Mutex<CheckpointError?>(nil)
  private let measured = Mutex(CheckpointTimes())

  /// The times of all checkpoints written so far.
  var times: CheckpointTimes { measured.withLock { $0 } }

  /// Starts a write asynchronously.
  ///
  /// Waits for the previous one first, so that memory holds one checkpoint at a time.
  ///
  /// - Throws: the error of the previous write.
  func write(_ body: @escaping @Sendable () throws(CheckpointError) -> Void) throws {
    try finish()
    queue.async { [self] in
      let start = ContinuousClock.now
      do throws(CheckpointError) { try body() } catch { failure.withLock { $0 = $0 ?? error } }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      measured.withLock { $0.longestWrite = max($0.longestWrite, seconds) }
    }
  }

  /// Records the time that training waited for a checkpoint.
  func note(wait: Duration) {
    measured.withLock { times in
      times.count += 1
      times.longestWait = max(times.longestWait, wait / .seconds(1))
    }
  }

  /// Waits until the last write has finished.
  ///
  /// - Throws: the error of the last write, once.
  func finish() throws {
    queue.sync {}
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }
}
