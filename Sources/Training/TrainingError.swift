/// Why a run cannot start or go on.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A setting that no run can have: which, its value, and what it may be.
  case setting(String)

  /// The model's scores do not fit the data's classes.
  case scores(shape: String, expected: String)

  /// A loss or a parameter is no longer a finite number.
  case diverged(step: Int, loss: Double)

  /// An operation made a NaN or an infinity, which only runs find out that look for it: `TrainingSettings.detectsAnomalies`.
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
