public import Tensors

/// The learning rate is multiplied by a constant when the metric has not improved for some epochs.
///
///     an epoch is an improvement if it is better than the best so far by more than the fraction `threshold`
///     after more than `patience` epochs without one:   factor ← decay · factor, and the count restarts
///
/// As PyTorch's `ReduceLROnPlateau` with its default relative threshold. Uses the run's monitored metric.
public struct ReduceOnPlateau: Schedule {
  public let decay: Double
  /// Epochs without improvement that are tolerated.
  public let patience: Int
  /// The minimum improvement, relative to the best so far.
  public let threshold: Double

  /// - Parameter decay: above 0; 0.1 is usual.
  public init(_ decay: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4) {
    precondition(
      decay > 0 && patience >= 0 && threshold >= 0,
      "a plateau's decay is above 0, its patience and threshold are not below, and not \(decay), \(patience), \(threshold)"
    )
    (self.decay, self.patience, self.threshold) = (decay, patience, threshold)
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor { Tensor(1) }

  public func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double {
    var (factor, waited) = (1.0, 0)
    var best: Double?
    for number in measured {
      let isGood =
        best.map { best in
          isBetter(number, best) && Swift.abs(number - best) > threshold * Swift.abs(best)
        } ?? true
      if isGood { best = number }
      waited = isGood ? 0 : waited + 1
      guard waited > patience else { continue }
      factor *= decay
      waited = 0
    }
    return factor
  }
}
