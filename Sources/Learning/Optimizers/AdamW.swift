public import Tensors

/// Adam with decoupled weight decay: weights shrink directly, not by a penalty whose gradient Adam would
/// rescale.
///
///     w ← w − η m̂ / (√v̂ + ε) − η λ w
///
/// η is the scheduled learning rate, so that the decay follows it, as in PyTorch. By default biases, scales
/// and shifts are exempt: they follow plain Adam.
///
/// - SeeAlso: Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
public struct AdamW: Optimizer {
  public let adam: Adam
  /// The strength λ of the decay.
  public let weightDecay: Double
  /// The parameters that decay.
  public let scope: WeightDecayScope

  public var learningRate: Double { adam.learningRate }
  public var slots: [String] { adam.slots }

  /// - Parameter scope: the parameters that decay: `.allParameters` as in PyTorch with parameters in one
  ///   group.
  public init(
    learningRate: Double = 1e-3, weightDecay: Double = 0.01, scope: WeightDecayScope = .weights,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    adam = Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.weightDecay = weightDecay
    self.scope = scope
  }

  public func rule(for parameter: State) -> any Optimizer { scope.includes(parameter.role) ? self : adam }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    let next = adam.update(w, gradient: dw, slots: slots, learningRate: learningRate, step: step)
    return (next.parameter - learningRate * weightDecay * w, next.slots)
  }
}
