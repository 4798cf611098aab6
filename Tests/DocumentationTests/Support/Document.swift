import Foundation

/// A document of the repository and the code blocks in it.
struct Document {
  /// The content of a fenced code block.
  struct Block: CustomStringConvertible {
    let language: String
    /// Its lines without indentation, grouped into paragraphs at blank lines.
    let paragraphs: [[String]]
    /// The file that it quotes: named at the end of the preceding text, as in "From
    /// `Sources/Learning/Layers/Dense.swift`:".
    let quoted: String?
    var lines: [String] { paragraphs.flatMap { $0 } }
    var description: String { lines.joined(separator: "\n") }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  let text: String
  let blocks: [Block]

  init(_ path: String) throws {
    text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    var blocks: [Block] = []
    var language: String?
    var paragraphs: [[String]] = [[]]
    // A block directly after another one quotes the same file.
    var before = ""
    var quoted: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.normal) {
      if let open = language {
        if line == "```" {
          blocks.append(
            Block(language: open, paragraphs: paragraphs.filter { !$0.isEmpty }, quoted: quoted))
          (language, paragraphs, before) = (nil, [[]], "")
        } else if line.isEmpty {
          paragraphs.append([])
        } else {
          paragraphs[paragraphs.count - 1].append(line)
        }
      } else if line.hasPrefix("```") {
        language = String(line.dropFirst(3))
        if !before.isEmpty { quoted = Self.fileNamed(atEndOf: before) }
      } else if !line.isEmpty {
        before = line
      }
    }
    self.blocks = blocks
  }

  /// The files and folders of this repository that are mentioned in it.
  var places: [String] {
    text.matches(of: /`((?:Sources|Tests|Shaders|Tools|Documentation)\/[\w\/+.-]+)`/).map {
      String($0.output.1)
    }
  }

  /// Runs of spaces are collapsed: documents align comments differently.
  static func normal(_ line: some StringProtocol) -> String {
    line.split(separator: " ").joined(separator: " ")
  }

  /// A file's lines, in the same form as a block's.
  static func lines(_ path: String) throws -> [String] {
    try String(contentsOf: root.appending(path: path), encoding: .utf8).split(separator: "\n").map(normal)
      .filter { !$0.isEmpty }
  }

  private static func fileNamed(atEndOf line: String) -> String? {
    guard line.hasSuffix(":") else { return nil }
    return line.matches(of: /`((?:Sources|Tests|Shaders|Tools)\/[^`]+)`/).last.map { String($0.output.1) }
  }
}

extension [String] {
  /// True if these lines occur consecutively.
  func containsInOrder(_ lines: [String]) -> Bool {
    guard let first = lines.first else { return true }
    return indices.contains { start in
      self[start] == first && self[start...].prefix(lines.count).elementsEqual(lines)
    }
  }
}
