/// The type of a tensor's elements.
public enum DType: String, Hashable, Sendable, CaseIterable {
  case float32
  case float64
  case int32
  case uint8

  /// Bytes per element.
  public var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .float64: 8
    case .uint8: 1
    }
  }

  /// True if gradients flow through tensors of this type.
  public var isFloating: Bool { self == .float32 || self == .float64 }
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

extension Int32: TensorScalar {
  public static var dtype: DType { .int32 }
}

extension UInt8: TensorScalar {
  public static var dtype: DType { .uint8 }
}
