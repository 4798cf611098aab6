public import Tensors

/// The learning rate rises linearly to its maximum and falls linearly to zero, once in the run.
///
///     factor = min(t / w, (1 − t) / (1 − w)),   t = (step + ½) / steps
///
/// - SeeAlso: Smith & Topin 2017, "Super-convergence", arXiv:1708.07120.
public struct OneCycle: Schedule {
  /// The length of the run in epochs.
  public let epochs: Int

  /// w, the fraction of the run in which the rate rises.
  public let warmUp: Double

  /// - Parameter warmUp: between 0 and 1.
  public init(epochs: Int, warmUp: Double = 0.2) {
    precondition(
      epochs > 0 && warmUp > 0 && warmUp < 1,
      "a cycle takes at least one epoch and rises in a part between 0 and 1, not \(epochs) and \(warmUp)")
    self.epochs = epochs
    self.warmUp = warmUp
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let steps = Double(epochs * stepsPerEpoch)
    let t = (step.cast(to: .float32) + 0.5) / steps
    // 1 − t, with the remaining steps as integers, so that it stays accurate near the end.
    let left = ((steps - step).cast(to: .float32) - 0.5) / steps
    // Beyond the end the factor stays zero.
    return maximum(minimum(t / warmUp, left / (1 - warmUp)), Tensor(0))
  }
}
