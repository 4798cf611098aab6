package import Tensors

/// The memory of a value, and its type.
package struct BufferView {
  package let base: UnsafeMutableRawPointer
  package let type: TensorType

  package init(base: UnsafeMutableRawPointer, type: TensorType) { (self.base, self.type) = (base, type) }

  package func pointer<Scalar: TensorScalar>(to type: Scalar.Type = Scalar.self) -> UnsafeMutablePointer<
    Scalar
  > {
    base.assumingMemoryBound(to: Scalar.self)
  }
}
