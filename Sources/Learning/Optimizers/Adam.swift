import Glibc
public import Tensors

/// Gradient descent by running averages of the gradient and its square, with bias correction.
///
///     m ← β₁ m + (1 − β₁) dw          m̂ = m / (1 − β₁ᵗ)
///     v ← β₂ v + (1 − β₂) dw²         v̂ = v / (1 − β₂ᵗ)
///     w ← w − η m̂ / (√v̂ + ε),         t = 1, 2, …
///
/// - SeeAlso: Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
public struct Adam: Optimizer {
  public let learningRate: Double
  /// β₁: the decay of the running mean.
  public let beta1: Double
  /// β₂: the decay of the running mean square.
  public let beta2: Double
  /// ε, which keeps the quotient finite.
  public let epsilon: Double
  public let slots = ["mean", "meanSquare"]

  public init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    let t = (step + 1).cast(to: w.dtype)
    let m = beta1 * slots[0] + (1 - beta1) * dw
    let v = beta2 * slots[1] + (1 - beta2) * dw * dw
    let corrected = m / Adam.correction(beta1, t)
    let correctedSquare = v / Adam.correction(beta2, t)
    return (w - learningRate * corrected / (sqrt(correctedSquare) + epsilon), [m, v])
  }

  /// 1 − βᵗ as −expm1(t ln β): the difference would cancel for β near 1 in float32.
  private static func correction(_ decay: Double, _ t: Tensor) -> Tensor {
    -expm1(t * Tensor(log(decay), dtype: t.dtype))
  }
}
