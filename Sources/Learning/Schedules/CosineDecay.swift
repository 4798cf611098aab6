public import Tensors

/// The learning rate falls along half a cosine wave over the run, to zero or a floor.
///
///     factor = f + (1 − f) ½ (1 + cos π t) = f + (1 − f) sin² (½ π (1 − t)),   t = step / steps
///
/// - SeeAlso: Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5, without
///   restarts.
public struct CosineDecay: Schedule {
  /// The length of the run in epochs.
  public let epochs: Int

  /// f, the factor at the end.
  public let floor: Double

  /// - Parameter floor: the factor at the end, from 0 to 1.
  public init(epochs: Int, floor: Double = 0) {
    precondition(
      epochs > 0 && (0...1).contains(floor),
      "a cosine decay takes at least one epoch and falls to a part from 0 to 1, not \(epochs) and \(floor)")
    (self.epochs, self.floor) = (epochs, floor)
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let steps = epochs * stepsPerEpoch
    // The remaining steps are counted as integers, without cancellation, so that small factors stay accurate.
    // Beyond the end the factor stays the floor.
    let left = maximum((Double(steps) - step).cast(to: .float32), Tensor(0)) / Double(steps)
    let root = sin(0.5 * .pi * left)
    return floor == 0 ? root * root : floor + (1 - floor) * (root * root)
  }
}
