import Glibc
import Lemnos

/// The folder of a run: `last.safetensors`, to go on from, and `best.safetensors`, to use.
struct RunFolder {
  let path: String
  var last: String { "\(path)/last.safetensors" }
  var best: String { "\(path)/best.safetensors" }

  /// The folder that a checkpoint lies in.
  init(of checkpoint: String) {
    path = checkpoint.lastIndex(of: "/").map { String(checkpoint[..<$0]) } ?? "."
  }

  /// Makes a new folder, before anything else is done: a run that cannot be saved should not begin.
  ///
  /// - Parameter path: nil for `runs/<date>-<model>-<n>` with the first n that is free.
  init(creating path: String?, model: String) throws {
    if let path {
      let resume = path.hasSuffix("/") ? "\(path)last.safetensors" : "\(path)/last.safetensors"
      self.path = try NewFolder(
        creating: path, advice: "choose another --out, or go on with --resume \(resume)"
      ).path
    } else {
      try NewFolder.make("runs")
      self.path = try NewFolder(numbered: "runs/\(RunFolder.today)-\(model)").path
    }
  }

  func save(_ trainer: Trainer, _ configuration: RunConfiguration) throws {
    try trainer.checkpoint(metadata: configuration.metadata).write(to: last)
  }

  func saveBest(_ trainer: Trainer, _ configuration: RunConfiguration) throws {
    try trainer.bestCheckpoint(metadata: configuration.metadata).write(to: best)
  }

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
