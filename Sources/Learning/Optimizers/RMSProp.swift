public import Tensors

/// Gradient descent with each step divided by the running root mean square of its gradient.
///
///     c ← ρ c + (1 − ρ) dw²
///     w ← w − η dw / (√c + ε)
///
/// - SeeAlso: Tieleman & Hinton 2012, COURSERA Neural Networks for Machine Learning, lecture 6.5.
public struct RMSProp: Optimizer {
  public let learningRate: Double
  /// ρ: the decay of the running mean square.
  public let decay: Double
  /// ε, which keeps the quotient finite.
  public let epsilon: Double
  public let slots = ["meanSquare"]

  public init(learningRate: Double, decay: Double = 0.99, epsilon: Double = 1e-8) {
    self.learningRate = learningRate
    self.decay = decay
    self.epsilon = epsilon
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    let c = decay * slots[0] + (1 - decay) * dw * dw
    return (w - learningRate * dw / (sqrt(c) + epsilon), [c])
  }
}
