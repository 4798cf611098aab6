import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("A checkpoint that is written")
struct RoundTripTests {
  @Test("is read back the same", arguments: [Checkpoint.varied, .small, Checkpoint()])
  func roundTrip(checkpoint: Checkpoint) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a.safetensors")
    try checkpoint.write(to: path)
    #expect(try Checkpoint(contentsOf: path) == checkpoint)
  }

  @Test("is read back the same whatever empty tensors lie at the same offset")
  func emptyTensors() throws {
    let folder = try TemporaryFolder()
    let path = folder.path(of: "a.safetensors")
    // Dictionary order is random, so that in some iterations an empty tensor is last.
    for count in 1...30 {
      var checkpoint = Checkpoint(tensors: ["z": TensorValues([Float(1)], shape: [])])
      for index in 0..<count { checkpoint.tensors["empty\(index)"] = TensorValues([Float](), shape: [0]) }
      try checkpoint.write(to: path)
      #expect(throws: Never.self, "\(count) empty tensors") { try Checkpoint(contentsOf: path) }
    }
  }

  @Test("has the same bytes whenever it is written")
  func sameBytes() throws {
    let folder = try TemporaryFolder()
    var reversed = Checkpoint()
    for (name, values) in Checkpoint.varied.tensors.sorted(by: { $0.key > $1.key }) {
      reversed.tensors[name] = values
    }
    for (name, text) in Checkpoint.varied.metadata.sorted(by: { $0.key > $1.key }) {
      reversed.metadata[name] = text
    }
    try Checkpoint.varied.write(to: folder.path(of: "a"))
    try reversed.write(to: folder.path(of: "b"))
    #expect(try folder.read("a") == folder.read("b"))
  }

  @Test("is a safetensors file to another reader")
  func independentReading() throws {
    let folder = try TemporaryFolder()
    try Checkpoint.varied.write(to: folder.path(of: "a"))
    let bytes = try folder.read("a")
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect((8 + length).isMultiple(of: 8), "the tensors begin at a multiple of eight bytes")
    let json = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    var header = try #require(json as? [String: Any])
    #expect(header.removeValue(forKey: "__metadata__") as? [String: String] == Checkpoint.varied.metadata)

    let codes: [DType: String] = [
      .float32: "F32", .float64: "F64", .float16: "F16", .bfloat16: "BF16", .int32: "I32", .int64: "I64",
      .uint8: "U8", .bool: "BOOL",
    ]
    var ranges: [Range<Int>] = []
    #expect(Set(header.keys) == Set(Checkpoint.varied.tensors.keys))
    for (name, values) in Checkpoint.varied.tensors {
      let entry = try #require(header[name] as? [String: Any], "\(name)")
      #expect(Set(entry.keys) == ["dtype", "shape", "data_offsets"])
      #expect(entry["dtype"] as? String == codes[values.dtype])
      #expect(entry["shape"] as? [Int] == values.shape.dimensions)
      let offsets = try #require(entry["data_offsets"] as? [Int])
      try #require(offsets.count == 2 && offsets[0] <= offsets[1])
      let range = offsets[0]..<offsets[1]
      ranges.append(range)
      #expect(
        Array(bytes.dropFirst(8 + length)[(8 + length + range.lowerBound)...].prefix(range.count))
          == values.bytes)
    }
    // The ranges are contiguous, from 0 to the end of the file.
    ranges.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    #expect([0] + ranges.map(\.upperBound) == ranges.map(\.lowerBound) + [bytes.count - 8 - length])
  }
}
