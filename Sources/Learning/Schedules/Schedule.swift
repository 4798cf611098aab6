public import Tensors

/// The change of the learning rate during a run.
public protocol Schedule: Sendable {
  /// The factor on the learning rate, a float32 scalar.
  ///
  /// - Parameters:
  ///   - step: the number of steps done, an int32 scalar.
  ///   - stepsPerEpoch: the number of steps per epoch.
  func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor

  /// A further factor that depends on the monitored metric: computed on the host, after each epoch.
  ///
  /// - Parameters:
  ///   - measured: the metric after each epoch so far.
  ///   - isBetter: true if the first of two values is better than the second.
  func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double
}

extension Schedule {
  /// 1: independent of the metric.
  public func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double { 1 }
}

/// A constant learning rate.
public struct ConstantRate: Schedule {
  public init() {}

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor { Tensor(1) }
}
