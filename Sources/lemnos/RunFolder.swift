import Files
import Glibc
import Lemnos
import Runs

/// The folder of a run: `last.safetensors`, to go on from, the two checkpoints before it, and `best.safetensors`, to use.
struct RunFolder {
  let path: String
  private let writer = CheckpointWriter()
  /// What checkpoints have to know of the run's data.
  private let metadata: [String: String]
  var last: String { RunFolder.last(in: path) }
  var best: String { "\(path)/best.safetensors" }

  /// What a run's settings are in, from its beginning on.
  var configuration: String { "\(path)/\(RunFiles.configuration)" }

  /// The folder that a checkpoint lies in.
  init(of checkpoint: String, _ metadata: [String: String] = [:]) {
    self.metadata = metadata
    path = checkpoint.lastIndex(of: "/").map { String(checkpoint[..<$0]) } ?? "."
  }

  /// What a run goes on from, of its folder or the file itself.
  static func lastCheckpoint(of path: String) -> String {
    path.hasSuffix("/") || FolderListing.isFolder(path) ? last(in: path) : path
  }

  private static func last(in folder: String) -> String {
    folder.hasSuffix("/") ? "\(folder)last.safetensors" : "\(folder)/last.safetensors"
  }

  /// Makes a new folder, before anything else is done: a run that cannot be saved should not begin.
  ///
  /// - Parameters:
  ///   - path: nil for `runs/<date>-<model>-<n>` with the first n that is free.
  ///   - metadata: what checkpoints have to know of the run's data.
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

  /// Takes the memory that checkpoints are copied into, so that the run does not wait for it later.
  ///
  /// Memory that is given back to the system comes again page by page, zeroed: for a ResNet-18 that takes a tenth of a second, and
  /// copying a hundredth. So what a checkpoint took is kept for the next one.
  func prepare(for trainer: Trainer) throws {
    // Of glibc alone, and in no module of Swift's.
    if let symbol = dlsym(nil, "mallopt") {
      let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
      let (trimThreshold, mmapThreshold): (Int32, Int32) = (-1, -3)
      _ = mallopt(mmapThreshold, 32 << 20)  // the most that it allows
      _ = mallopt(trimThreshold, .max)
    }
    _ = try trainer.checkpoint()
  }

  /// Saves what the run needs to go on, and its best parameters if they are new, beside it: the run goes on while the disk is at
  /// work.
  ///
  /// - Throws: what went wrong with an earlier one.
  func save(_ trainer: Trainer, _ configuration: RunConfiguration, isBest: Bool = false) throws {
    let start = ContinuousClock.now
    defer { writer.note(wait: ContinuousClock.now - start) }
    let metadata = try self.metadata.merging(configuration.metadata) { $1 }
    let checkpoint = try trainer.checkpoint(metadata: metadata)
    let parameters = isBest ? trainer.bestCheckpoint(metadata: metadata) : nil
    try writer.write { [last, best, path] () throws(CheckpointError) in
      try parameters?.write(to: best)
      // There is a last one at every moment: it gets another name before the new one takes its own. The oldest goes first, because
      // a run that was killed here may have left one file under two names, and renaming such a file does nothing.
      unlink("\(path)/last-2.safetensors")
      rename("\(path)/last-1.safetensors", "\(path)/last-2.safetensors")
      link(last, "\(path)/last-1.safetensors")
      try checkpoint.write(to: last)
    }
  }

  /// Takes away what a run that was killed had begun to write.
  func removeTemporaryFiles() {
    for name in FolderListing.names(in: path) where name.hasSuffix(".tmp") { unlink("\(path)/\(name)") }
  }

  /// What saving came to so far.
  var checkpointTimes: CheckpointTimes { writer.times }

  /// Waits until everything is on the disk.
  func finish() throws { try writer.finish() }

  /// Takes the folder away again if nothing was saved in it.
  func removeIfEmpty() { rmdir(path) }

  /// The local date, as 2026-01-31.
  private static var today: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    let text = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return text.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
  }
}
