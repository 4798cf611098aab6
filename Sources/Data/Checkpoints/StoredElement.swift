import Tensors

/// The element type of a tensor in a safetensors file.
///
/// 16-bit types are converted to float32, which represents them exactly.
enum StoredElement: Equatable {
  case own(DType)
  case float16, bfloat16

  /// - Parameter code: the format's name of the type.
  init?(_ code: String) {
    let all = DType.allCases.map(StoredElement.own) + [.float16, .bfloat16]
    guard let element = all.first(where: { $0.code == code }) else { return nil }
    self = element
  }

  var code: String {
    switch self {
    case .own(.float32): "F32"
    case .own(.float64): "F64"
    case .own(.int32): "I32"
    case .own(.uint8): "U8"
    case .float16: "F16"
    case .bfloat16: "BF16"
    }
  }

  var byteCount: Int {
    switch self {
    case .own(let dtype): dtype.byteCount
    case .float16, .bfloat16: 2
    }
  }

  /// - Parameter bytes: as stored, little-endian.
  func values(_ bytes: [UInt8], shape: Shape) -> TensorValues {
    switch self {
    case .own(let dtype): TensorValues(bytes: bytes, shape: shape, dtype: dtype)
    case .float16: TensorValues(Self.halves(bytes).map { Float(Float16(bitPattern: $0)) }, shape: shape)
    // The upper half of a float32.
    case .bfloat16: TensorValues(Self.halves(bytes).map { Float(bitPattern: UInt32($0) << 16) }, shape: shape)
    }
  }

  private static func halves(_ bytes: [UInt8]) -> [UInt16] {
    (0..<bytes.count / 2).map { UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8 }
  }
}
