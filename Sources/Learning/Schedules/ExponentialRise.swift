public import Tensors

/// The learning rate grows exponentially with the steps, up to a multiple of its initial value.
///
///     factor = ratio ^ min(step / (steps − 1), 1)
///
/// Used by a learning rate range test: `Trainer.rangeTest`.
public struct ExponentialRise: Schedule {
  /// The last factor.
  public let ratio: Double

  /// Steps until then, including the first and last.
  public let steps: Int

  public init(ratio: Double, steps: Int) {
    precondition(ratio > 0 && ratio.isFinite && steps > 1, "a rise takes 2 steps or more, not \(steps)")
    self.ratio = ratio
    self.steps = steps
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    power(Tensor(ratio), minimum(step.cast(to: .float32) / Double(steps - 1), Tensor(1)))
  }
}
