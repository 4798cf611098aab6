/// A control dependency: a value that must not be read before another one has been computed.
///
/// It computes nothing: its value is its first input, in the same memory. Its readers are computed after the
/// second input, and are never merged with equal readers of the first input.
package struct ControlDependency: Operation {
  package let name = "after"

  package init() {}

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType { inputs[0] }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] { [dy, nil] }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }
}

extension Tensor {
  /// This value, with a control dependency on another one.
  func after(_ other: Tensor) -> Tensor {
    .apply(.controlDependency(ControlDependency()), to: [self, other])
  }
}
