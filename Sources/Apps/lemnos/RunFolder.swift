import Files
import Glibc
import Lemnos
import Runs

/// The folder of a run of `lemnos train`: its settings beside its checkpoints.
struct RunFolder {
  let path: String
  let checkpoints: CheckpointFolder
  /// The metadata of the run's data for checkpoints.
  private let metadata: [String: String]

  /// The file of the run's settings, written at its start.
  var configuration: String { "\(path)/\(RunFiles.configuration)" }

  /// The folder that contains a checkpoint.
  init(of checkpoint: String, _ metadata: [String: String] = [:]) {
    self.metadata = metadata
    path = checkpoint.lastIndex(of: "/").map { String(checkpoint[..<$0]) } ?? "."
    checkpoints = CheckpointFolder(path)
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
        creating: path,
        advice: "choose another --out, or go on with --resume \(CheckpointFolder.last(in: path))"
      ).path
    } else {
      try NewFolder.make("runs")
      self.path = try NewFolder(numbered: "runs/\(RunFolder.today)-\(model)").path
    }
    checkpoints = CheckpointFolder(self.path)
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
    if trainer.hasWholeState { _ = try trainer.checkpoint() }
  }

  /// Saves the run's state with its settings, and its parameters if they are the best so far.
  ///
  /// - Throws: the error of an earlier write.
  func save(_ trainer: Trainer, _ configuration: RunConfiguration, isBest: Bool = false) throws {
    try checkpoints.save(
      trainer, metadata: metadata.merging(configuration.metadata) { $1 }, isBest: isBest)
  }

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
