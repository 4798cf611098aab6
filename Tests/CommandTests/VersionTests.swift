import Checkpoints
import Runs
import TestSupport
import Testing

@Suite("The version")
struct VersionTests {
  @Test("is printed by the program and by any of its commands", arguments: ["--version", "train --version"])
  func printed(line: String) throws {
    let folder = try TemporaryFolder()
    #expect(try folder.succeed(line).output == "lemnos \(LemnosVersion.current)\n")
    #expect(try folder.contents().isEmpty)
  }

  @Test("stands in all that a run leaves")
  func marked() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    for name in ["best", "last"] {
      let texts = try folder.checkpoint("a/\(name).safetensors").metadata
      #expect(texts["lemnos.version"] == LemnosVersion.current)
    }
    let record = try #require(RunRecord(at: folder.path(of: "a")))
    #expect(record.entries.first?.version == LemnosVersion.current)
    try folder.succeed("export a/best.safetensors --to onnx")
    let bytes = try folder.read("a/best.onnx")
    // Field 3, a string.
    let field = [0x1A, UInt8(LemnosVersion.current.utf8.count)] + Array(LemnosVersion.current.utf8)
    #expect(bytes.indices.contains { bytes[$0...].starts(with: field) })
  }
}
