public import Tensors

/// The learning rate falls to zero along half a cosine wave over the run.
///
///     factor = ½ (1 + cos π t) = sin² (½ π (1 − t)),   t = step / steps
///
/// - SeeAlso: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5, without
///   restarts.
public struct CosineDecay: Schedule {
  /// The length of the run in epochs.
  public let epochs: Int

  public init(epochs: Int) {
    precondition(epochs > 0, "a cosine decay takes at least one epoch, not \(epochs)")
    self.epochs = epochs
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let steps = epochs * stepsPerEpoch
    // The remaining steps are counted as integers, without cancellation, so that small factors stay accurate.
    // Beyond the end the factor stays zero.
    let left = maximum((Double(steps) - step).cast(to: .float32), Tensor(0)) / Double(steps)
    let root = sin(0.5 * .pi * left)
    return root * root
  }
}
