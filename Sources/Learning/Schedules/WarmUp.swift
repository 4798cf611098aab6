public import Tensors

/// A linear warm-up during the first epochs, on top of another schedule.
///
///     factor = min(1, (step + 1) / (epochs · stepsPerEpoch)) · schedule's factor
///
/// The other schedule counts from the beginning of the run.
///
/// - SeeAlso: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2.
public struct WarmUp: Schedule {
  public let epochs: Int
  public let schedule: any Schedule

  public init(epochs: Int, then schedule: any Schedule = ConstantRate()) {
    precondition(epochs > 0, "a warm-up takes at least one epoch, not \(epochs)")
    self.epochs = epochs
    self.schedule = schedule
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let risen = (step.cast(to: .float32) + 1) / Double(epochs * stepsPerEpoch)
    return minimum(risen, Tensor(1)) * schedule.factor(atStep: step, stepsPerEpoch: stepsPerEpoch)
  }

  public func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double {
    schedule.factor(after: measured, isBetter: isBetter)
  }
}
