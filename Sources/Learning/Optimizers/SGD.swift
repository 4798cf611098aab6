public import Tensors

/// Stochastic gradient descent.
///
///     w ← w − η dw
public struct SGD: Optimizer {
  public let learningRate: Double
  public let slots: [String] = []

  public init(learningRate: Double) { self.learningRate = learningRate }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    (w - learningRate * dw, [])
  }
}
