import Checkpoints
import Glibc
import TestSupport
import Testing

@Suite("A damaged checkpoint")
struct DamageTests {
  /// Reads the bytes as a file and returns the error's category, nil without an error.
  private func refusal(of bytes: [UInt8], in folder: TemporaryFolder) throws -> CheckpointError.Category? {
    let path = try folder.write(bytes, as: "damaged.safetensors")
    do {
      _ = try Checkpoint(contentsOf: path)
      return nil
    } catch {
      #expect(error.path == path)
      return error.category
    }
  }

  @Test("is refused wherever it is cut off")
  func truncation() throws {
    let folder = try TemporaryFolder()
    try Checkpoint.small.write(to: folder.path(of: "whole"))
    let bytes = try folder.read("whole")
    for count in bytes.indices {
      #expect(try refusal(of: Array(bytes.prefix(count)), in: folder) == .unusable, "after \(count) bytes")
    }
    #expect(try refusal(of: bytes + [0], in: folder) == .unusable, "one byte too many")
    #expect(try refusal(of: bytes, in: folder) == nil)
  }

  @Test("is refused where it is larger than all memory, such as a file with holes")
  func holes() throws {
    let folder = try TemporaryFolder()
    try Checkpoint.small.write(to: folder.path(of: "holes.safetensors"))
    let path = folder.path(of: "holes.safetensors")
    try #require(truncate(path, 2 * sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) == 0)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
    #expect(error?.category == .unusable)
    #expect(error?.reason.contains("memory") == true)
  }

  /// 3,000 mutations, the same in every run: reading them gives a checkpoint or an error.
  @Test("never ends the program", arguments: [(Checkpoint.small, 1 as UInt64), (.varied, 2)])
  func mutations(of checkpoint: Checkpoint, seed: UInt64) throws {
    let folder = try TemporaryFolder()
    try checkpoint.write(to: folder.path(of: "whole"))
    let whole = try folder.read("whole")
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<1_500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: index)
        // A digit, so that numbers change and the JSON stays valid.
        case 2: bytes[index] = UInt8.random(in: 0x30...0x39, using: &random)
        default: bytes[index] = UInt8.random(in: 0...255, using: &random)
        }
      }
      if try refusal(of: bytes, in: folder) == .unusable { refused += 1 }
    }
    #expect(refused > 750)
  }

  private static let petabyte = 1 << 50
  private static let deep = String(repeating: "[", count: 100_000)

  /// Malformed files, each with the name of its fault.
  private static let hostile: [(fault: String, bytes: [UInt8])] = [
    ("a petabyte", tensor("U8", "[\(petabyte)]", "[0,\(petabyte)]", data: 8)),
    ("a petabyte claimed for eight bytes", tensor("U8", "[\(petabyte)]", "[0,8]", data: 8)),
    ("extents whose product overflows", tensor("F32", "[4294967296,4294967296]", "[0,0]")),
    ("extents whose product overflows to 0", tensor("F32", "[\(1 << 62),2,2]", "[0,0]")),
    ("an extent that overflows", tensor("F32", "[9223372036854775807]", "[0,4]", data: 4)),
    ("an extent beyond 64 bits", tensor("F32", "[18446744073709551616]", "[0,4]", data: 4)),
    ("a negative extent", tensor("F32", "[-1]", "[0,4]", data: 4)),
    ("two negative extents", tensor("F32", "[-1,-1]", "[0,4]", data: 4)),
    ("an extent with a fraction", tensor("F32", "[1.5]", "[0,6]", data: 6)),
    ("a negative offset", tensor("F32", "[1]", "[-4,0]", data: 4)),
    ("offsets the wrong way round", tensor("F32", "[1]", "[4,0]", data: 4)),
    ("offsets that overflow", tensor("U8", "[1]", "[\(Int.min),\(Int.max)]", data: 4)),
    ("an offset at the end of the numbers", tensor("U8", "[1]", "[\(Int.max - 1),\(Int.max)]", data: 1)),
    ("one offset", tensor("F32", "[1]", "[0]", data: 4)),
    ("three offsets", tensor("F32", "[1]", "[0,4,8]", data: 4)),
    ("more bytes than the shape takes", tensor("F32", "[1]", "[0,8]", data: 8)),
    ("fewer bytes than the shape takes", tensor("F32", "[2]", "[0,4]", data: 4)),
    ("bytes after the last tensor", tensor("F32", "[1]", "[0,4]", data: 5)),
    ("a gap before the first tensor", tensor("F32", "[1]", "[4,8]", data: 8)),
    ("a type that Lemnos has not", tensor("U64", "[1]", "[0,8]", data: 8)),
    ("half a number of 16 bits", tensor("BF16", "[2]", "[0,3]", data: 3)),
    ("a type that nobody has", tensor("X", "[1]", "[0,4]", data: 4)),
    ("overlapping tensors", tensors("a", "[0,4]", "b", "[0,4]", data: 4)),
    ("tensors that overlap in part", tensors("a", "[0,4]", "b", "[2,6]", data: 6)),
    ("a gap between tensors", tensors("a", "[0,4]", "b", "[8,12]", data: 12)),
    ("two tensors of one name", tensors("a", "[0,4]", "a", "[4,8]", data: 8)),
    ("no type", safetensors(#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
    ("a tensor that is a number", safetensors(#"{"a":1}"#)),
    ("a text that is a number", safetensors(#"{"__metadata__":{"a":1}}"#)),
    ("JSON of great depth", safetensors("{\"a\":" + deep)),
    ("JSON of great depth where nobody looks", safetensors("{\"__metadata__\":{},\"a\":{\"b\":" + deep)),
    ("a header that is a list", safetensors("[]")),
    ("a header of spaces", safetensors("        ")),
    ("a header that is no JSON", safetensors("{\"a\":")),
    ("a header that is no UTF-8", (safetensors("", length: 6) + [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D])),
    ("no header", safetensors("")),
    ("a header of 2^63 bytes", safetensors("{}", length: 1 << 63)),
    ("a header of 2^64 − 1 bytes", safetensors("{}", length: .max)),
    ("a header of 2^63 − 1 bytes", safetensors("{}", length: .max >> 1)),
    ("a header one byte longer than the file", safetensors("{}", length: 3)),
    ("no bytes", []),
  ]

  @Test("is refused for what its header says", arguments: hostile.map(\.fault))
  func hostileHeader(fault: String) throws {
    let folder = try TemporaryFolder()
    let file = try #require(Self.hostile.first { $0.fault == fault })
    #expect(try refusal(of: file.bytes, in: folder) == .unusable)
  }

  private static func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
    "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  private static func tensor(
    _ dtype: String, _ shape: String, _ offsets: String, data: Int = 0
  ) -> [UInt8] {
    safetensors("{\(entry("a", dtype, shape, offsets))}", data: data)
  }

  /// Two tensors of one float each.
  private static func tensors(
    _ a: String, _ aOffsets: String, _ b: String, _ bOffsets: String, data: Int
  ) -> [UInt8] {
    safetensors("{\(entry(a, "F32", "[1]", aOffsets)),\(entry(b, "F32", "[1]", bOffsets))}", data: data)
  }
}
