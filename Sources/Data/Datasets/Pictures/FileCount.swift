import Wording

/// The number of files of one kind in a data set.
public struct FileCount: Hashable, Sendable {
  /// The kind, in the plural.
  public let what: String
  /// True if they are part of the set.
  public let isUsed: Bool
  public private(set) var count: Int
  /// The first of them, relative to the data set's folder.
  public private(set) var examples: [String]

  /// "left out, hidden files: 2 (cat/._1.jpg, cat/._2.jpg)".
  var note: String { "left out, \(description)" }

  private static let mostExamples = 3
}

extension FileCount: CustomStringConvertible {
  /// "hidden files: 2 (cat/._1.jpg, cat/._2.jpg)".
  public var description: String {
    let dots = count > examples.count && !examples.isEmpty ? ", …" : ""
    let names = examples.isEmpty ? "" : " (\(examples.joined(separator: ", "))\(dots))"
    return "\(what): \(count.grouped)\(names)"
  }
}

/// Counts all files below a folder, by kind.
struct FileAccount {
  private(set) var counts: [FileCount] = []
  private var places: [String: Int] = [:]
  /// The folder's path, which is removed from examples.
  let root: FilePath

  init(root: FilePath) { self.root = root }

  mutating func add(_ what: String, _ path: FilePath, isUsed: Bool = false) {
    let place = places[what] ?? counts.count
    if place == counts.count {
      places[what] = place
      counts.append(FileCount(what: what, isUsed: isUsed, count: 0, examples: []))
    }
    counts[place].add(counts[place].wantsExample ? shown(path) : nil)
  }

  private func shown(_ path: FilePath) -> String {
    guard path.bytes.starts(with: root.bytes) else { return "\(path)" }
    let rest = path.bytes.dropFirst(root.bytes.count).drop { $0 == 0x2F }
    // For a file in an archive: "pictures.zip(cat/1.jpg)".
    let isArchived = rest.first == UInt8(ascii: "(") && rest.last == UInt8(ascii: ")")
    return "\(FilePath(bytes: Array(isArchived ? rest.dropFirst().dropLast() : rest)))"
  }
}

extension FileCount {
  /// Files of the set need no examples.
  fileprivate var wantsExample: Bool { !isUsed && examples.count < FileCount.mostExamples }

  fileprivate mutating func add(_ example: String?) {
    count += 1
    if let example { examples.append(example) }
  }
}
