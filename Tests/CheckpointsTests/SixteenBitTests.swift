import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite("Tensors of 16-bit numbers in a file")
struct SixteenBitTests {
  /// Bit patterns and their values: normal, subnormal, the largest, both zeros and infinities.
  private static let float16: [(bits: UInt16, value: Float)] = [
    (0x3C00, 1), (0xC000, -2), (0x3555, 0x1.554p-2), (0x0001, 0x1p-24), (0x03FF, 0x1.FF8p-15),
    (0x7BFF, 65_504),
    (0x0000, 0), (0x8000, -0.0), (0x7C00, .infinity), (0xFC00, -.infinity),
  ]
  private static let bfloat16: [(bits: UInt16, value: Float)] = [
    (0x3F80, 1), (0xC000, -2), (0x3EAB, 0x1.56p-2), (0x0001, 0x1p-133), (0x7F7F, 0x1.FEp127), (0x0000, 0),
    (0x8000, -0.0), (0x7F80, .infinity), (0xFF80, -.infinity),
  ]

  @Test(
    "stay what they are, and become float32 for a state of that type, each exactly",
    arguments: [("F16", float16), ("BF16", bfloat16)])
  func widened(code: String, numbers: [(bits: UInt16, value: Float)]) throws {
    let count = 2 * numbers.count
    let header = """
      {"a":{"dtype":"\(code)","shape":[\(numbers.count),1],"data_offsets":[0,\(count)]},\
      "b":{"dtype":"U8","shape":[1],"data_offsets":[\(count),\(count + 1)]}}
      """
    let data: [UInt8] = numbers.flatMap { [UInt8(truncatingIfNeeded: $0.bits), UInt8($0.bits >> 8)] } + [7]
    let folder = try TemporaryFolder()
    let path = try folder.write(safetensors(header) + data, as: "half.safetensors")
    let checkpoint = try Checkpoint(contentsOf: path)
    let values = try #require(checkpoint.tensors["a"])
    #expect(values.shape == [numbers.count, 1])
    #expect(values.dtype == (code == "F16" ? .float16 : .bfloat16))
    #expect(values.bytes == data.dropLast())
    let state = State("a", [numbers.count, 1], role: .optimizer)
    let widened = try checkpoint.values(of: state, path: path)
    #expect(widened.elements(as: Float.self).map(\.bitPattern) == numbers.map(\.value.bitPattern))
    // A state of another type does not take them.
    let other = State("a", [numbers.count, 1], dtype: .float64, role: .optimizer)
    #expect(throws: CheckpointError.self) { try checkpoint.values(of: other, path: path) }
    #expect(checkpoint.tensors["b"]?.bytes == [7])
  }
}
