package import Files
import FoundationEssentials
import Glibc

/// The journal of a run: `metrics.jsonl`, one JSON object per line, in chronological order.
///
/// Lines are appended atomically. A line truncated by a crash is skipped when reading.
public final class RunJournal {
  public static let name = "metrics.jsonl"

  private let file: Int32
  private let encoder = JSONEncoder.lines

  /// Opens the journal in a run's folder, and creates it if there is none.
  ///
  /// - Parameter step: later entries are removed: a run resumes from its checkpoint, not from its last
  ///   line.
  package init(in folder: String, goingOnFrom step: Int? = nil) throws(FileError) {
    let path = "\(folder)/\(RunJournal.name)"
    if let step, access(path, F_OK) == 0 {
      let kept = try RunJournal.lines(at: path).filter {
        ($0.entry.step ?? 0) <= step && $0.entry.event != .end
      }
      try DurableFile.write([Array(kept.map { $0.text + "\n" }.joined().utf8)], to: path)
    }
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw FileError(.cannotWrite, path: path, "cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(file) }

  /// Appends a line.
  ///
  /// A full disk ends the journal, not the run: the checkpoints matter.
  public func add(_ entry: RunEntry) {
    guard let json = try? encoder.encode(entry) else { return }
    let line = Array(json) + [UInt8(ascii: "\n")]
    // A single write, so that readers see whole lines.
    _ = line.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
  }

  /// The entries of a journal; empty without a file.
  package static func entries(in folder: String) -> [RunEntry] {
    ((try? lines(at: "\(folder)/\(name)")) ?? []).map(\.entry)
  }

  /// Parses a journal.
  package static func entries(of bytes: [UInt8]) -> [RunEntry] { lines(of: bytes).map(\.entry) }

  private static func lines(at path: String) throws(FileError) -> [(text: String, entry: RunEntry)] {
    lines(of: try DurableFile.read(path))
  }

  private static func lines(of bytes: [UInt8]) -> [(text: String, entry: RunEntry)] {
    let decoder = JSONDecoder.lines
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let entry = try? decoder.decode(RunEntry.self, from: Data(line)) else { return nil }
      return (String(decoding: line, as: UTF8.self), entry)
    }
  }
}
