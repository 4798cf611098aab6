public import Tensors

/// Gradient descent with Nesterov momentum, with the gradient taken at the parameter itself.
///
///     u ← μ v − η dw              v ← μ v + dw
///     w ← w − μ v + (1 + μ) u     w ← w − η (dw + μ v)
///     v ← u
///
/// Left: the velocity accumulates steps; right: gradients.
///
/// - SeeAlso: Bengio, Boulanger-Lewandowski & Pascanu 2012, "Advances in optimizing recurrent networks", equation 7.
public struct NesterovMomentum: Optimizer {
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
      let v = slots[0]
      let u = momentum * v - learningRate * dw
      return (w - momentum * v + (1 + momentum) * u, [u])
    case .ofGradients:
      let v = momentum * slots[0] + dw
      return (w - learningRate * (dw + momentum * v), [v])
    }
  }
}
