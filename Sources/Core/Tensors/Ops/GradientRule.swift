/// A custom gradient, in place of the one by the chain rule.
///
/// It computes nothing: its value is its first input. The other inputs are the tensors that receive the
/// rule's gradients.
package final class GradientRule: Operation {
  package let name: String
  private let rule: @Sendable (Tensor) -> [Tensor?]

  init(_ name: String, _ rule: @escaping @Sendable (Tensor) -> [Tensor?]) {
    self.name = name
    self.rule = rule
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType { inputs[0] }

  package func gradients(of output: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    let gradients = rule(upstream)
    guard gradients.count == inputs.count - 1 else {
      let error = Tensor.invalid(
        name, "its gradient rule gives \(gradients.count) gradients for \(inputs.count - 1) tensors")
      return [nil] + inputs.dropFirst().map { _ in error }
    }
    for (input, gradient) in zip(inputs.dropFirst(), gradients) {
      guard let gradient, gradient.error == nil, gradient.node.type != input.node.type else { continue }
      let error = Tensor.invalid(
        name, "its gradient rule gives \(gradient.node.type) for a tensor \(input.node.type)")
      return [nil] + inputs.dropFirst().map { _ in error }
    }
    return [nil] + gradients
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }

  package static func == (a: GradientRule, b: GradientRule) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A value with a custom backward pass, as CS231n's layers have.
///
///     let y = withGradient("square", x * x, of: [x]) { dy in [2 * x * dy] }
///
/// - Parameters:
///   - name: for messages.
///   - output: the value, built from the inputs.
///   - inputs: the tensors that receive gradients. None flow to them through the operations that made
///     `output`.
///   - rule: the gradients of a loss with respect to each input, from its gradient with respect to the output.
/// - Returns: `output`, with the rule for its gradient.
public func withGradient(
  _ name: String, _ output: Tensor, of inputs: [Tensor],
  rule: @escaping @Sendable (_ upstream: Tensor) -> [Tensor?]
) -> Tensor {
  .apply(.gradientRule(GradientRule(name, rule)), to: [output] + inputs)
}
