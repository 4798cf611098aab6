import Dispatch
import Lemnos
import Synchronization

/// Writes checkpoints one after another on a thread of its own, so that a run does not wait for the disk.
final class CheckpointWriter: Sendable {
  private let queue = DispatchQueue(label: "lemnos.checkpoints")
  private let failure = Mutex<CheckpointError?>(nil)

  /// Begins to write when what was to be written before is on the disk; waits for that, so that memory holds one at a time.
  ///
  /// - Throws: what went wrong before.
  func write(_ body: @escaping @Sendable () throws(CheckpointError) -> Void) throws {
    try finish()
    queue.async { [self] in
      do throws(CheckpointError) { try body() } catch { failure.withLock { $0 = $0 ?? error } }
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
