import Checkpoints
import Datasets
import Exchange
import Models
import Tensors

extension Parser {
  static let checkpoints = [
    Parser(
      name: "safetensors", about: "checkpoints, and what is written of them",
      words: [
        "__metadata__", "dtype", "shape", "data_offsets", "F32", "F64", "I32", "U8", "9223372036854775807",
        "PK\u{3}\u{4}", "data.pkl", "state_dict",
      ], seeds: { [checkpoint.bytes, Checkpoint().bytes, parameters.bytes] },
      repair: withHeaderLength,
      read: { bytes in
        let checkpoint = try Checkpoint(bytes: bytes, path: "input")
        let copy = try Checkpoint(bytes: checkpoint.bytes, path: "its copy")
        demand(copy == checkpoint, "what is written of a checkpoint is another one")
        // An unknown dtype is not an error if its tensor is not requested.
        let rest = try Checkpoint(bytes: bytes, path: "input") { $0 == "a" }
        demand(rest.tensors.count == checkpoint.tensors.filter { $0.key != "a" }.count, "more is left out")
      }),
    Parser(
      name: "pytorch", about: "parameters of PyTorch, as safetensors, for a two-layer net",
      words: [
        "0.weight", "0.bias", "2.weight", "2.bias", "pixels.mean", "pixels.scale", "format", "lemnos.classes",
      ],
      seeds: { [parameters.bytes] }, repair: withHeaderLength,
      read: { bytes in
        let file = try Checkpoint(bytes: bytes, path: "input")
        let imported = try model().imported(file, normalization: nil)
        _ = try model().exported(imported)
      }),
  ]

  /// Every dtype, with an empty tensor, a scalar, and strings that need escaping.
  private static let checkpoint = Checkpoint(
    tensors: [
      "a": TensorValues([1, 2, 3, 4] as [Float], shape: [2, 2]),
      "b": TensorValues([1, 2] as [Double], shape: [2]),
      "c \"é\"": TensorValues([7] as [Int32], shape: []),
      "empty": TensorValues([] as [Float], shape: [0, 3]),
      "pixels": TensorValues([1, 2, 3] as [UInt8], shape: [3, 1]),
    ], metadata: ["lemnos.run": "{\"seed\":231}", "line\n": "\u{1}\\"])

  private static func model() throws -> PyTorchModel {
    try PyTorchModel(
      of: TwoLayerNet(hidden: 2, classes: 2), input: ImageShape(channels: 1, height: 1, width: 2))
  }

  private static let parameters = Checkpoint(
    tensors: [
      "0.weight": TensorValues([1, 2, 3, 4] as [Float], shape: [2, 2]),
      "0.bias": TensorValues([1, 2] as [Float], shape: [2]),
      "2.weight": TensorValues([1, 2, 3, 4] as [Float], shape: [2, 2]),
      "2.bias": TensorValues([1, 2] as [Float], shape: [2]),
    ], metadata: ["format": "pt", "pixels.mean": "[0.5]", "pixels.scale": "[2]"])
}

/// Corrects the header length to match its braces.
private func withHeaderLength(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  var depth = 0
  for index in bytes.indices.dropFirst(8) {
    if bytes[index] == UInt8(ascii: "{") { depth += 1 }
    if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
    guard depth == 0 else { continue }
    for place in 0..<8 { bytes[place] = UInt8(truncatingIfNeeded: (index - 7) >> (8 * place)) }
    break
  }
  return bytes
}
