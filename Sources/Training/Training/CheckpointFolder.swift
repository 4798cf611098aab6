import Checkpoints
import Dispatch
import Files
import Glibc
import Synchronization

/// The checkpoints of a run in a folder: `last.safetensors` to resume from, the two before it, and `best.safetensors`
/// for use.
///
///     let checkpoints = CheckpointFolder("runs/first")
///     for _ in 1...10 {
///       try trainer.advance(steps: 100)
///       try checkpoints.save(trainer)
///     }
///     try checkpoints.finish()
///
/// Files are written by a thread of their own while training goes on, one after another. Whenever the process or the
/// machine stops, there is a whole last checkpoint.
public final class CheckpointFolder: Sendable {
  /// The number of checkpoints written, and their longest times in seconds.
  public struct Times: Encodable, Sendable {
    public internal(set) var count = 0
    /// The longest time for a checkpoint to reach the disk.
    public internal(set) var longestWrite = 0.0
    /// The longest time that training was blocked by a checkpoint.
    public internal(set) var longestWait = 0.0
  }

  public let path: String
  private let queue = DispatchQueue(label: "lemnos.checkpoints")
  private let failure = Mutex<CheckpointError?>(nil)
  private let measured = Mutex(Times())

  /// - Parameter path: of a folder that exists.
  public init(_ path: String) { self.path = path }

  /// The file of the state to resume from.
  public var last: String { CheckpointFolder.last(in: path) }

  /// The file of the best parameters.
  public var best: String { "\(path)/best.safetensors" }

  /// The times of all checkpoints written so far.
  public var times: Times { measured.withLock { $0 } }

  /// The checkpoint to resume from, given the folder or the file itself.
  public static func last(of path: String) -> String {
    path.hasSuffix("/") || FolderListing.isFolder(path) ? last(in: path) : path
  }

  package static func last(in folder: String) -> String {
    folder.hasSuffix("/") ? "\(folder)last.safetensors" : "\(folder)/last.safetensors"
  }

  /// Saves the state of a run, and its parameters if they are the best so far.
  ///
  /// Returns when the values are copied, or, if the checkpoint before it is still being written, after that.
  ///
  /// - Parameters:
  ///   - metadata: kept in the files.
  ///   - isBest: true if `best.safetensors` is written too.
  /// - Throws: the error of an earlier write, once; errors of the backend.
  public func save(_ trainer: Trainer, metadata: [String: String] = [:], isBest: Bool = false) throws {
    let start = ContinuousClock.now
    defer {
      measured.withLock { times in
        times.count += 1
        times.longestWait = max(times.longestWait, (ContinuousClock.now - start) / .seconds(1))
      }
    }
    let checkpoint = try trainer.checkpoint(metadata: metadata)
    let parameters = isBest ? trainer.bestCheckpoint(metadata: metadata) : nil
    // Waits, so that memory holds one checkpoint at a time.
    try finish()
    queue.async { [self] in
      let start = ContinuousClock.now
      do throws(CheckpointError) { try write(checkpoint, parameters) } catch {
        failure.withLock { $0 = $0 ?? error }
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      measured.withLock { $0.longestWrite = max($0.longestWrite, seconds) }
    }
  }

  private func write(_ checkpoint: Checkpoint, _ parameters: Checkpoint?) throws(CheckpointError) {
    try parameters?.write(to: best)
    // There is a last checkpoint at every moment: it gets another name before the new one takes its own. The oldest is
    // removed first, because a run that was killed here may have left one file under two names, and renaming such a
    // file does nothing.
    unlink("\(path)/last-2.safetensors")
    rename("\(path)/last-1.safetensors", "\(path)/last-2.safetensors")
    link(last, "\(path)/last-1.safetensors")
    try checkpoint.write(to: last)
  }

  /// Waits until all checkpoints are on the disk.
  ///
  /// - Throws: the error of the last write, once.
  public func finish() throws {
    queue.sync {}
    let error = failure.withLock { failure in
      defer { failure = nil }
      return failure
    }
    if let error { throw error }
  }

  /// Removes temporary files left by a killed run.
  package func removeTemporaryFiles() {
    for name in FolderListing.names(in: path) where name.hasSuffix(".tmp") { unlink("\(path)/\(name)") }
  }
}
