import Files
import Glibc
import Lemnos
import Runs

/// The folder of a run: `last.safetensors` to resume from, the two checkpoints before it, and
/// `best.safetensors` for use.
struct RunFolder {
  let path: String
  private let writer = CheckpointWriter()
  /// The metadata of the run's data for checkpoints.
  private let metadata: [String: String]
  var last: String { RunFolder.last(in: path) }
  var best: String { "\(path)/best.safetensors" }

  /// The file of the run's settings, written at its start.
  var configuration: String { "\(path)/\(RunFiles.configuration)" }

  /// The folder that contains a checkpoint.
  init(of checkpoint: String, _ metadata: [String: String] = [:]) {
    self.metadata = metadata
    path = checkpoint.lastIndex(of: "/").map { String(checkpoint[..<$0]) } ?? "."
  }

  /// The checkpoint to resume from, given the run's folder or the file itself.
  static func lastCheckpoint(of path: String) -> String {
    path.hasSuffix("/") || FolderListing.isFolder(path) ? last(in: path) : path
  }

  private static func last(in folder: String) -> String {
    folder.hasSuffix("/") ? "\(folder)last.safetensors" : "\(folder)/last.safetensors"
  }

  /// Creates a new folder first, so that a run that cannot be saved fails before it starts.
  ///
  /// - Parameters:
  /// - path: nil for `runs/<date>-<model>-<n>` with the first free n.
  /// - metadata: the metadata of the run's data for checkpoints.
  init(creating path: String?, model: String, _ metadata: [String: String]) throws {
    self.metadata = metadata
    if let path {
      self.path = try NewFolder(
        creating: path, advice: "choose another --out, or go on with --resume \(RunFolder.last(in: path))"
      ).path
    } else {
      try NewFolder.make("runs")
      self.path = try NewFolder(numbered: "runs/\(RunFolder.today)-\(model)").path
    }
  }

  /// Preallocates the memory for checkpoint snapshots, so that the run does not wait for it later.
  ///
  /// Memory returned to the system is mapped again page by page, zeroed: for a ResNet-18 that takes a tenth
  /// of a second, the copy itself a hundredth. So a checkpoint's memory is kept for the next one.
  func prepare(for trainer: Trainer) throws {
    // glibc only, and not exported by any Swift module.
    if let symbol = dlsym(nil, "mallopt") {
      let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
      let (trimThreshold, mmapThreshold): (Int32, Int32) = (-1, -3)
      _ = mallopt(mmapThreshold, 32 << 20)  // the largest value allowed
      _ = mallopt(trimThreshold, .max)
    }
    _ = try trainer.checkpoint()
  }

  /// Saves the run's state, and its parameters if they are the best so far.
  ///
  /// Files are written asynchronously while the run goes on.
  ///
  /// - Throws: the error of an earlier write.
  func save(_ trainer: Trainer, _ configuration: RunConfiguration, isBest: Bool = false) throws {
    let start = ContinuousClock.now
    defer { writer.note(wait: ContinuousClock.now - start) }
    let metadata = try self.metadata.merging(configuration.metadata) { $1 }
    let checkpoint = try trainer.checkpoint(metadata: metadata)
    let parameters = isBest ? trainer.bestCheckpoint(metadata: metadata) : nil
    try writer.write { [last, best, path] () throws(CheckpointError) in
      try parameters?.write(to: best)
      // There is a last checkpoint at every moment: it gets another name before the new one takes its own.
      // The oldest is removed first, because a run that was killed here may have left one file under two
      // names, and renaming such a file does nothing.
      unlink("\(path)/last-2.safetensors")
      rename("\(path)/last-1.safetensors", "\(path)/last-2.safetensors")
      link(last, "\(path)/last-1.safetensors")
      try checkpoint.write(to: last)
    }
  }

  /// Removes temporary files left by a killed run.
  func removeTemporaryFiles() {
    for name in FolderListing.names(in: path) where name.hasSuffix(".tmp") { unlink("\(path)/\(name)") }
  }

  /// The checkpoint times so far.
  var checkpointTimes: CheckpointTimes { writer.times }

  /// Waits until all checkpoints are on the disk.
  func finish() throws { try writer.finish() }

  /// Removes the folder if nothing was saved in it.
  func removeIfEmpty() { rmdir(path) }

  /// The local date, such as 2026-01-31.
  private static var today: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    let text = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return text.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
  }
}
