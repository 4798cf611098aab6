public import Tensors

/// Gradient descent with Nesterov's momentum, in the form that takes the gradient at the parameter itself.
///
///     u ← μ v − η dw
///     w ← w − μ v + (1 + μ) u
///     v ← u
///
/// - SeeAlso: Bengio, Boulanger-Lewandowski & Pascanu 2012, "Advances in optimizing recurrent networks", equation 7.
public struct NesterovMomentum: Optimizer {
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
    let v = moments[0]
    let u = momentum * v - learningRate * dw
    return (w - momentum * v + (1 + momentum) * u, [u])
  }
}
