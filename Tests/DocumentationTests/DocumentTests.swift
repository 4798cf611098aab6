import Foundation
import Lemnos
import Testing

@Suite("The documentation")
struct DocumentTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let root = folder.deletingLastPathComponent().deletingLastPathComponent()

  private static func lines(_ url: URL) throws -> [String] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  /// The lines of a document between ```language and ```.
  private static func code(_ language: String, in document: String) throws -> [String] {
    var inside = false
    return try lines(root.appending(path: document)).filter { line in
      defer { if line.hasPrefix("```") { inside = line == "```\(language)" } }
      return inside && !line.hasPrefix("```")
    }
  }

  @Test(
    "shows only Swift that is compiled here",
    arguments: [
      ("README.md", "ReadmeExamples.swift"), ("Documentation/From-CS231n.md", "FromCS231nExamples.swift"),
    ])
  func compiled(document: String, examples: String) throws {
    func normal(_ line: String) -> String { line.split(separator: " ").joined(separator: " ") }
    let known = Set(try Self.lines(Self.folder.appending(path: examples)).map(normal))
    let shown = try Self.code("swift", in: document)
    #expect(shown.count > 15)
    #expect(shown.map(normal).filter { !known.contains($0) } == [])
  }

  @Test("trains, checks and pulls back as it says")
  func run() throws {
    let (history, accuracy) = try trainFromTheReadme()
    #expect(history.epochs.count == 3)
    #expect(accuracy > 0.7)  // guessing gives 0.1
    try checkFromTheReadme()
    let (out, gradients) = try pullbackFromTheReadme()
    #expect(out.doubles == [3, 3, 3, 3, 7.5, 7.5, 7.5, 7.5])
    #expect(gradients[0].doubles == [6, 6, 6, 15, 15, 15])
    #expect(gradients[1].doubles == [33, 33, 33, 33, 43.5, 43.5, 43.5, 43.5, 54, 54, 54, 54])
    #expect(try checkGradients(of: ResidualBlock(), input: [3, 4]).failures().isEmpty)
  }

  @Test("is right about CS231n's forward and backward passes")
  func guide() throws {
    let x = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
    let w = Tensor([Float(1), 0, 0, 1], shape: [2, 2])
    let ones = Tensor([Float](repeating: 1, count: 4), shape: [2, 2])
    let gradients = try passesOfTheGuide(x: x, w: w, b: Tensor([Float(1), 1], shape: [2]), dout: ones)
    #expect(gradients.map(\.doubles) == [[1, 1, 1, 1], [4, 4, 6, 6], [2, 2]])
    #expect(try checkGradients(of: Cube(), input: [3, 4]).failures().isEmpty)
    #expect(try solverOfTheGuide(data: .bundled()).stepsPerEpoch == 50)
    #expect(modelsOfTheGuide().count == 3)
  }

  @Test("names only options that there are", arguments: ["README.md", "Documentation/From-CS231n.md"])
  func options(document: String) throws {
    let sources = try FileManager.default.contentsOfDirectory(
      at: Self.root.appending(path: "Sources/lemnos/Commands"), includingPropertiesForKeys: nil)
    let known = try sources.flatMap(Self.lines).compactMap { $0.firstMatch(of: /^var (\w+)/)?.output.1 }
      .map { name in "--" + name.replacing(/[A-Z]/) { "-" + $0.output.lowercased() } }
    let used = try Self.code("sh", in: document).flatMap {
      $0.split(separator: "#")[0].matches(of: /--[a-z-]+/)
    }
    .map { String($0.output) }
    #expect(used.count > 10)
    #expect(Set(used).subtracting(known) == [])
  }
}
