public import Tensors

/// One of the tensors of an example, such as its pixels or its label.
public struct DataField: Hashable, Sendable {
  /// Its name in a batch.
  public let name: String

  /// Of one example; `[]` for a scalar.
  public let shape: Shape
  public let dtype: DType

  public init(_ name: String, _ shape: Shape, dtype: DType = .float32) {
    (self.name, self.shape, self.dtype) = (name, shape, dtype)
  }

  /// Bytes of one example.
  public var byteCount: Int { shape.count * dtype.byteCount }
}

extension DataField: CustomStringConvertible {
  public var description: String { "\(name): \(dtype)\(shape)" }
}
