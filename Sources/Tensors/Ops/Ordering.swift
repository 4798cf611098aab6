/// A value that is not to be used before another one is there.
///
/// It computes nothing: its value is its first input, in the same memory. What reads it is computed after the second input,
/// and is never taken for what reads the first input directly, even if it computes the same.
package struct Ordering: Operation {
  package let name = "after"

  package init() {}

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType { inputs[0] }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] { [dy, nil] }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }
}

extension Tensor {
  /// This value, not to be used before another one is there.
  func after(_ other: Tensor) -> Tensor { .apply(.ordering(Ordering()), to: [self, other]) }
}
