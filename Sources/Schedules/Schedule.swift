public import Tensors

/// How the learning rate changes during a run.
public protocol Schedule: Sendable {
  /// The factor on the learning rate, a float32 scalar.
  ///
  /// - Parameters:
  ///   - step: how many steps have been done, an int32 scalar.
  ///   - stepsPerEpoch: how many make one pass over the training set.
  func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor
}

/// The learning rate stays as it is.
public struct ConstantRate: Schedule {
  public init() {}

  public func factor(atStep step: Tensor, stepsPerEpoch: Int) -> Tensor { Tensor(1) }
}
