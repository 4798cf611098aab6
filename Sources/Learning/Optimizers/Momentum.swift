public import Tensors

/// Gradient descent with momentum.
///
///     v ← μ v − η dw              v ← μ v + dw
///     w ← w + v                   w ← w − η v
///
/// Left: the velocity accumulates steps; right: gradients.
///
/// - SeeAlso: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", equations
///   1–2.
public struct Momentum: Optimizer {
  public let learningRate: Double
  /// The momentum coefficient μ.
  public let momentum: Double
  public let velocity: Velocity
  public let slots = ["velocity"]

  /// - Parameter velocity: what is accumulated: `.ofGradients` is PyTorch's form.
  public init(learningRate: Double, momentum: Double = 0.9, velocity: Velocity = .ofSteps) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.velocity = velocity
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    switch velocity {
    case .ofSteps:
      let v = momentum * slots[0] - learningRate * dw
      return (w + v, [v])
    case .ofGradients:
      let v = momentum * slots[0] + dw
      return (w - learningRate * v, [v])
    }
  }
}
