import Tensors

extension DType {
  /// - Parameter code: the name of the type in safetensors files.
  init?(safetensors code: String) {
    guard let dtype = DType.allCases.first(where: { $0.safetensorsCode == code }) else { return nil }
    self = dtype
  }

  /// The name of the type in safetensors files.
  var safetensorsCode: String {
    switch self {
    case .float32: "F32"
    case .float64: "F64"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }
}
