public import Tensors

/// The learning rate rises in a straight line to its greatest value and falls in another to zero, once in the whole run.
///
///     factor = min(t / w, (1 − t) / (1 − w)),   t = (step + ½) / steps
///
/// - SeeAlso: Smith & Topin 2017, "Super-convergence", arXiv:1708.07120.
public struct OneCycle: Schedule {
  /// How long the run is.
  public let epochs: Int

  /// w, the part of the run in which the rate rises.
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
    // 1 − t, counted in whole numbers, so that what is left near the end keeps its digits.
    let left = ((steps - step).cast(to: .float32) - 0.5) / steps
    // A run that goes on beyond its end stays at zero.
    return maximum(minimum(t / warmUp, left / (1 - warmUp)), Tensor(0))
  }
}
