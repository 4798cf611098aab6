public import Tensors

/// Steps of equal size per element, by the sign of a running average of gradients.
///
///     c = β₁ m + (1 − β₁) dw
///     w ← w − η (sign c + λ w)
///     m ← β₂ m + (1 − β₂) dw
///
/// Learning rates are about ten times smaller than Adam's, and weight decays ten times greater. Biases,
/// scales and shifts are exempt from decay.
///
/// - SeeAlso: Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2.
public struct Lion: Optimizer {
  public let learningRate: Double
  public let weightDecay: Double
  /// β₁: the weight of the running mean in the step's direction.
  public let directionDecay: Double
  /// β₂: the decay of the running mean.
  public let beta1: Double
  public let slots = ["mean"]

  public init(
    learningRate: Double = 1e-4, weightDecay: Double = 0, directionDecay: Double = 0.9,
    beta1: Double = 0.99
  ) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
    (self.directionDecay, self.beta1) = (directionDecay, beta1)
  }

  public func rule(for parameter: State) -> any Optimizer {
    parameter.role == .weight || weightDecay == 0
      ? self
      : Lion(learningRate: learningRate, directionDecay: directionDecay, beta1: beta1)
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    let c = directionDecay * slots[0] + (1 - directionDecay) * dw
    let zero = Tensor(0, dtype: w.dtype)
    let sign = (zero .< c).cast(to: w.dtype) - (c .< zero).cast(to: w.dtype)
    let m = beta1 * slots[0] + (1 - beta1) * dw
    return (w - learningRate * (sign + weightDecay * w), [m])
  }
}
