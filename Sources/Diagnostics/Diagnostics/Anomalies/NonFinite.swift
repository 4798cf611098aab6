import Programs
import Tensors

/// The kinds of non-finite numbers in a tensor.
struct NonFinite: OptionSet {
  let rawValue: UInt8

  static let nan = NonFinite(rawValue: 1)
  static let infinity = NonFinite(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ number: Double) { self = number.isNaN ? .nan : number.isInfinite ? .infinity : [] }

  init(in values: TensorValues) { self = values.bytes.withUnsafeBytes { NonFinite(in: $0, values.dtype) } }

  init(in bytes: UnsafeRawBufferPointer, _ dtype: DType) {
    switch dtype {
    case .float32: self.init(bytes.bindMemory(to: UInt32.self), exponent: 0x7F80_0000)
    case .float64: self.init(bytes.bindMemory(to: UInt64.self), exponent: 0x7FF0_0000_0000_0000)
    case .float16: self.init(bytes.bindMemory(to: UInt16.self), exponent: 0x7C00)
    case .bfloat16: self.init(bytes.bindMemory(to: UInt16.self), exponent: 0x7F80)
    case .int32, .int64, .uint8, .bool: self = []
    }
  }

  /// By comparing bits: without the sign, a number is finite below an infinity, and NaN above.
  private init<Bits: FixedWidthInteger>(_ bits: UnsafeBufferPointer<Bits>, exponent: Bits) {
    var greatest: Bits = 0
    for word in bits { greatest = Swift.max(greatest, word & Bits.max >> 1) }
    self = []
    guard greatest >= exponent else { return }
    for word in bits {
      let magnitude = word & Bits.max >> 1
      if magnitude == exponent { insert(.infinity) } else if magnitude > exponent { insert(.nan) }
    }
  }

  /// The index of the first number of these kinds.
  func firstIndex(in values: TensorValues) -> Int? {
    values.doubles.firstIndex { !isDisjoint(with: NonFinite($0)) }
  }
}
