public import Tensors

/// A linear warm-up during the first epochs or steps, on top of another schedule.
///
///     factor = min(1, (step + 1) / n) · schedule's factor,   n = steps, or epochs · stepsPerEpoch
///
/// The other schedule counts from the beginning of the run.
///
/// - SeeAlso: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2.
public struct WarmUp: Schedule {
  /// Nil for a warm-up that is given in steps.
  public let epochs: Int?
  /// Nil for one that is given in epochs.
  public let steps: Int?
  public let schedule: any Schedule

  public init(epochs: Int, then schedule: any Schedule = ConstantRate()) {
    precondition(epochs > 0, "a warm-up takes at least one epoch, not \(epochs)")
    (self.epochs, steps) = (epochs, nil)
    self.schedule = schedule
  }

  public init(steps: Int, then schedule: any Schedule = ConstantRate()) {
    precondition(steps > 0, "a warm-up takes at least one step, not \(steps)")
    (epochs, self.steps) = (nil, steps)
    self.schedule = schedule
  }

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor {
    let risen = (step.cast(to: .float32) + 1) / Double(steps ?? (epochs ?? 1) * stepsPerEpoch)
    return minimum(risen, Tensor(1)) * schedule.factor(atStep: step, stepsPerEpoch: stepsPerEpoch)
  }

  public func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double {
    schedule.factor(after: measured, isBetter: isBetter)
  }
}
