/// The matrix product of `[m, k]` and `[k, n]`.
///
/// Transposed factors need no attribute: a transposition is a view, passed to the kernel as such.
package struct MatMul: Operation {
  /// The format to which both factors are rounded first, also in both gradients; `.float32` means no
  /// rounding.
  package let precision: Precision

  package init(precision: Precision = .float32) { self.precision = precision }

  package var name: String { "matmul" }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a.shape.rank == 2, b.shape.rank == 2 else {
      throw TypeMismatch("takes two matrices, not \(a.shape) and \(b.shape)")
    }
    guard a.shape[1] == b.shape[0] else {
      throw TypeMismatch(
        "\(a.shape) by \(b.shape): the left has \(a.shape[1]) columns, but the right has \(b.shape[0]) rows")
    }
    guard a.dtype == b.dtype, a.dtype.isFloating else {
      throw TypeMismatch("takes two matrices of float32 or of float64, not \(a.dtype) and \(b.dtype)")
    }
    return TensorType([a.shape[0], b.shape[1]], a.dtype)
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    [
      matmul(dy, inputs[1].transposed(), precision: precision),
      matmul(inputs[0].transposed(), dy, precision: precision),
    ]
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int {
    flopCount(2, result.shape.count, inputs[0].shape[1])
  }
}

/// The matrix product: `[m, k]` by `[k, n]` gives `[m, n]`.
///
/// - Parameter precision: the format to which the factors of this product, and of its gradients' products,
///   are rounded; `.float32` means no rounding.
public func matmul(
  _ a: Tensor, _ b: Tensor, precision: Precision = .float32, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  .apply(.matmul(MatMul(precision: precision)), to: [a, b], at: Location(file, line))
}
