/// The type of a tensor's elements.
///
/// `float16`, `bfloat16` and `int64` are storage types: their elements are kept, moved, selected and cast, and for
/// arithmetic they are cast to `float32` or `int32` first. Those of `uint8` and `bool` can be compared too, and a
/// `bool` becomes the type of a number that it is combined with.
public enum DType: String, Hashable, Sendable, CaseIterable {
  case float32
  case float64

  /// IEEE 754's binary16: 10 bits of fraction, magnitudes up to 65504.
  case float16

  /// The upper half of a float32: 7 bits of fraction, and its exponents.
  case bfloat16
  case int32

  /// Whole numbers, for indices and labels; cast to another type they stop at the ends of int32's range.
  case int64
  case uint8

  /// Truth values, as a comparison gives them: in memory a byte, 1 for true and 0 for false.
  case bool

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    case .uint8, .bool: 1
    }
  }

  /// True if gradients flow through tensors of this type.
  public var isFloating: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    case .int32, .int64, .uint8, .bool: false
    }
  }

  /// The type in which its elements are computed with: another one for storage types.
  package var computed: DType {
    switch self {
    case .float16, .bfloat16: .float32
    case .int64: .int32
    case .float32, .float64, .int32, .uint8, .bool: self
    }
  }

  /// True if its elements are only kept, moved, selected and cast.
  package var isStorageOnly: Bool { computed != self }

  /// The number of this type that a literal stands for: the nearest one, ties to even.
  package func nearest(to number: Double) -> Double {
    switch self {
    case .float32: Double(Float(number))
    case .float16: Double(Float16(number))
    case .bfloat16: Double(BFloat16Bits.value(of: BFloat16Bits.nearest(to: number)))
    case .float64, .int32, .int64, .uint8, .bool: number
    }
  }
}

extension DType: CustomStringConvertible {
  public var description: String { rawValue }
}

/// The static type of a tensor: shape and element type.
package struct TensorType: Hashable, Sendable {
  package var shape: Shape
  package var dtype: DType

  package init(_ shape: Shape, _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  /// `Int.max` for invalid shapes.
  package var byteCount: Int { shape.problem == nil ? shape.count * dtype.byteCount : .max }
}

extension TensorType: CustomStringConvertible {
  package var description: String { "\(dtype)\(shape)" }
}

/// A Swift type that corresponds to a `DType`.
public protocol TensorScalar: Hashable, Sendable, BitwiseCopyable {
  static var dtype: DType { get }
}

extension Float: TensorScalar {
  public static var dtype: DType { .float32 }
}

extension Double: TensorScalar {
  public static var dtype: DType { .float64 }
}

extension Float16: TensorScalar {
  public static var dtype: DType { .float16 }
}

extension Int32: TensorScalar {
  public static var dtype: DType { .int32 }
}

extension UInt8: TensorScalar {
  public static var dtype: DType { .uint8 }
}

extension Int64: TensorScalar {
  public static var dtype: DType { .int64 }
}

extension Bool: TensorScalar {
  public static var dtype: DType { .bool }
}
