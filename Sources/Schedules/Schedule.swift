public import Tensors

/// How the learning rate changes during a run.
public protocol Schedule: Sendable {
  /// The factor on the learning rate, a float32 scalar.
  ///
  /// - Parameters:
  ///   - step: how many steps have been done, an int32 scalar.
  ///   - stepsPerEpoch: how many make one pass over the training set.
  func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor

  /// A further factor, by what was measured: on the host, after each epoch.
  ///
  /// - Parameters:
  ///   - measured: the number that the run is judged by, after each epoch so far.
  ///   - isBetter: whether the first of two such numbers is better than the second.
  func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double
}

extension Schedule {
  /// 1: what was measured does not matter.
  public func factor(after measured: [Double], isBetter: (Double, Double) -> Bool) -> Double { 1 }
}

/// The learning rate stays as it is.
public struct ConstantRate: Schedule {
  public init() {}

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor { Tensor(1) }
}
