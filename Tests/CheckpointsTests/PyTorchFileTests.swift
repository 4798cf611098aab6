import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("A file of torch.save")
struct PyTorchFileTests {
  /// A file written by PyTorch with `make_pytorch_files.py`.
  private func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return try Array(Data(contentsOf: folder.appending(path: name)))
  }

  private func reason(_ bytes: [UInt8], path: String) -> String? {
    do {
      _ = try Checkpoint(bytes: bytes, path: path)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test(
    "is recognised, and the error has the two lines that make a safetensors file of it",
    arguments: [
      ("parameters.pth", #"torch.load("parameters.pth", map_location="cpu")"#),
      ("old.pt", #"torch.load("old.pt", map_location="cpu")"#),
      ("training.bin", #"torch.load("training.bin", map_location="cpu")["state_dict"]"#),
      ("compiled.pt", #"torch.jit.load("compiled.pt", map_location="cpu").state_dict()"#),
    ])
  func recognised(name: String, value: String) throws {
    let lines = try #require(reason(fixture(name), path: name)).split(separator: "\n")
    try #require(lines.count == 3)
    #expect(lines[0].hasPrefix("was written by torch.save"))
    #expect(lines[1] == "  import torch, safetensors.torch")
    let file = name.prefix { $0 != "." }
    #expect(lines[2] == "  safetensors.torch.save_file(\(value), \"\(file).safetensors\")")
  }

  @Test("may lie anywhere, and be called anything")
  func paths() throws {
    let bytes = try fixture("parameters.pth")
    #expect(
      reason(bytes, path: #"a.b/it's "new"\.pth"#)?.contains(
        #"torch.load("a.b/it's \"new\"\\.pth", map_location="cpu"), "a.b/it's \"new\"\\.safetensors")"#)
        == true)
    #expect(reason(bytes, path: "a.b/net")?.contains(#""a.b/net.safetensors""#) == true)
    #expect(reason(bytes, path: ".hidden")?.contains(#"".hidden.safetensors""#) == true)
  }

  @Test("is not what any other archive or damaged file is")
  func others() throws {
    let bytes = try fixture("parameters.pth")
    #expect(reason(Array(bytes.prefix(30)), path: "x")?.contains("no safetensors file") == true)
    let renamed = bytes.map { $0 == UInt8(ascii: "k") ? UInt8(ascii: "q") : $0 }
    #expect(reason(renamed, path: "x")?.contains("no safetensors file") == true)
    for start: [UInt8] in [[], [0x80], [0x80, 9, 0], [0x50, 0x4B, 3, 4], [0x50]] {
      #expect(reason(start, path: "x")?.contains("torch") == false)
    }
  }

  @Test("never ends the program, however it is damaged")
  func mutations() throws {
    for (seed, name) in ["parameters.pth", "old.pt", "training.bin", "compiled.pt"].enumerated() {
      let whole = try fixture(name)
      var random = SplitMix64(seed: UInt64(seed))
      for _ in 0..<200 {
        var bytes = whole
        for _ in 0..<4 {
          bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        #expect(
          reason(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))), path: name) != nil)
      }
    }
  }
}
