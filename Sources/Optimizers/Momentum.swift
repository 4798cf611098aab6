public import Tensors

/// Gradient descent with momentum.
///
///     v ← μ v − η dw
///     w ← w + v
///
/// - SeeAlso: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", equations 1–2.
public struct Momentum: Optimizer {
  public let learningRate: Double
  /// The momentum coefficient μ.
  public let momentum: Double
  public let moments = ["velocity"]

  public init(learningRate: Double, momentum: Double = 0.9) {
    self.learningRate = learningRate
    self.momentum = momentum
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, moments: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, moments: [Tensor]) {
    let v = momentum * moments[0] - learningRate * dw
    return (w + v, [v])
  }
}
