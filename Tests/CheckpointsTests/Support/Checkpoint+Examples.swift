import Checkpoints
import Tensors

extension Checkpoint {
  /// Strings that need care in JSON escaping.
  static let awkwardTexts = [
    "quote\"", "back\\slash", "\\\"", "new\nline", "return\r\n", "tab\t", "nothing\u{0}", "bell\u{7}",
    "\u{1F}",
    "delete\u{7F}", "größe", "e\u{301}", "重み", "🌋", "\u{2028}", "a\u{FEFF}b", "</script>", "a/b", "", " ",
  ]

  /// Every dtype, a scalar, empty tensors before, between and after others, and strings that need escaping.
  static let varied: Checkpoint = {
    var checkpoint = Checkpoint(tensors: [
      "a.empty": TensorValues([Float](), shape: [0]),
      "b.float32": TensorValues(
        [Float.pi, -.infinity, .nan, -0.0, .leastNonzeroMagnitude, 1], shape: [2, 3]),
      "c.empty": TensorValues([Int32](), shape: [3, 0, 2]),
      "d.float64": TensorValues([Double.pi, .greatestFiniteMagnitude], shape: [1, 2, 1]),
      "e.int32": TensorValues([Int32.min, -1, 0, .max], shape: [4]),
      "f.scalar": TensorValues([Float(231)], shape: []),
      "g.uint8": TensorValues([UInt8](0...254), shape: [5, 51]),
      "h.empty": TensorValues([UInt8](), shape: [0, 0]),
      "i.float16": TensorValues([Float16.pi, -.infinity, .nan, -0.0, .leastNonzeroMagnitude], shape: [5]),
      "j.bfloat16": TensorValues(
        converting: [.pi, -.infinity, .nan, -0.0, 0x1p-133], shape: [5], to: .bfloat16),
      "k.int64": TensorValues([Int64.min, -1, 0, .max], shape: [2, 2]),
      "l.bool": TensorValues([true, false, true], shape: [3]),
    ])
    for (index, text) in awkwardTexts.enumerated() {
      checkpoint.tensors[text] = TensorValues([UInt8(index)], shape: [1])
      checkpoint.metadata[text] = awkwardTexts.reversed()[index]
    }
    return checkpoint
  }()

  /// Two tensors and a string, in about 200 bytes.
  static let small = Checkpoint(
    tensors: [
      "weight": TensorValues([Float(1), 2, 3], shape: [3]), "step": TensorValues([Int32(7)], shape: []),
    ],
    metadata: ["run": "{\"epochs\":2}"])
}

/// The bytes of a safetensors file with this header.
func safetensors(_ header: String, length: UInt64? = nil, data: Int = 0) -> [UInt8] {
  let length = length ?? UInt64(header.utf8.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header.utf8
    + [UInt8](repeating: 1, count: data)
}
