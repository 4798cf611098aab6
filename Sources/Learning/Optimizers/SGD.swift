public import Tensors

/// Stochastic gradient descent.
///
///     w ← w − η dw
public struct SGD: Optimizer {
  public let learningRate: Double
  public let moments: [String] = []

  public init(learningRate: Double) { self.learningRate = learningRate }

  public func update(
    _ w: Tensor, gradient dw: Tensor, moments: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, moments: [Tensor]) {
    (w - learningRate * dw, [])
  }
}
