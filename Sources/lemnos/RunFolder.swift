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
    if var path {
      while path.count > 1, path.hasSuffix("/") { path.removeLast() }
      try RunFolder.makeParents(of: path)
      guard mkdir(path, 0o777) == 0 else { throw RunFolder.failure(path) }
      self.path = path
      return
    }
    try RunFolder.make("runs")
    var number = 1
    while true {
      let path = "runs/\(RunFolder.today)-\(model)-\(number)"
      if mkdir(path, 0o777) == 0 {
        self.path = path
        return
      }
      guard errno == EEXIST else { throw RunFolder.failure(path) }
      number += 1
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

  private static func makeParents(of path: String) throws {
    for (index, character) in zip(path.indices, path) where character == "/" && index != path.startIndex {
      try make(String(path[..<index]))
    }
  }

  private static func make(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path) }
  }

  private static func failure(_ path: String) -> Failure {
    if errno == EEXIST {
      return Failure(
        "\(path) exists already, and nothing is overwritten: choose another --out, or go on with "
          + "--resume \(path)/last.safetensors", code: 73)
    }
    return Failure("\(path) cannot be made: \(String(cString: strerror(errno)))", code: 73)
  }

  /// The local date, as 2026-01-31.
  private static var today: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    let text = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return text.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
  }
}
