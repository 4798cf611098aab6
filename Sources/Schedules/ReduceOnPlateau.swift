public import Tensors

/// The learning rate is multiplied by a constant each time that for some epochs nothing has become better.
///
///     an epoch is good if it is better than the best one before by more than `threshold` of that
///     after more than `patience` epochs in a row that are not:   factor ← decay · factor, and they are counted anew
///
/// As PyTorch's `ReduceLROnPlateau` with its usual relative threshold. It goes by the number that the run is judged by.
public struct ReduceOnPlateau: Schedule {
  public let decay: Double
  /// Epochs without anything better that are put up with.
  public let patience: Int
  /// What counts as better, relative to the best so far.
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
