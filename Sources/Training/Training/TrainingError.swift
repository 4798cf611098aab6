public import Diagnostics

/// The reason why a run cannot start or continue.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An invalid setting: its name, value and valid range.
  case setting(String)

  /// The model's scores do not fit the data's classes.
  case scores(shape: String, expected: String)

  /// A loss or a parameter is no longer a finite number.
  case diverged(step: Int, loss: Double)

  /// An operation made a NaN or infinity, found only with `TrainingSettings.detectsAnomalies`.
  case anomaly(Anomaly, epoch: Int, step: Int)

  public var description: String {
    switch self {
    case .setting(let reason): reason
    case .scores(let shape, let expected):
      "the model gives scores \(shape), but the data needs \(expected)"
    case .diverged(let step, let loss):
      "the loss became \(loss.isNaN ? "NaN" : "infinite") at step \(step); try a smaller learning rate or weight scale"
    case .anomaly(let anomaly, let epoch, let step):
      "in step \(step) (epoch \(epoch)) \(anomaly); \(anomaly.advice)"
    }
  }
}
