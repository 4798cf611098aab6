import Wording

/// How many files of a data set are of one kind, and what becomes of them.
public struct FileCount: Hashable, Sendable {
  /// What they are, in the plural.
  public let what: String
  /// Whether they are part of the set.
  public let isUsed: Bool
  public private(set) var count: Int
  /// The first of them, within the data set's folder.
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

/// What all files below a folder are, and what becomes of them.
struct FileAccount {
  private(set) var counts: [FileCount] = []
  private var places: [String: Int] = [:]
  /// What examples are shown without: the bytes of the folder's path.
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
    // Of a file in an archive: "pictures.zip(cat/1.jpg)".
    let isArchived = rest.first == UInt8(ascii: "(") && rest.last == UInt8(ascii: ")")
    return "\(FilePath(bytes: Array(isArchived ? rest.dropFirst().dropLast() : rest)))"
  }
}

extension FileCount {
  /// What is part of the set needs none.
  fileprivate var wantsExample: Bool { !isUsed && examples.count < FileCount.mostExamples }

  fileprivate mutating func add(_ example: String?) {
    count += 1
    if let example { examples.append(example) }
  }
}
