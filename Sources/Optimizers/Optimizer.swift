public import Tensors

/// A rule by which parameters follow their gradients.
public protocol Optimizer: Sendable {
  /// The learning rate η, before any schedule.
  var learningRate: Double { get }

  /// The names of what it remembers of each parameter.
  ///
  /// Each is of the parameter's shape and starts at zero.
  var moments: [String] { get }

  /// The rule for a parameter: one that decays weights may spare biases.
  ///
  /// Its learning rate is in proportion to this one's, whatever a schedule makes of that.
  func rule(for parameter: State) -> any Optimizer

  /// Why it is not for some parameters, in a clause; nil if it is.
  func fault(for parameters: [State]) -> String?

  /// One parameter's next value, and its next moments, in the order of their names.
  ///
  /// - Parameters:
  ///   - w: the parameter.
  ///   - dw: the gradient of the loss with respect to it.
  ///   - moments: what is remembered of it.
  ///   - learningRate: a scalar: η by the schedule.
  ///   - step: how many steps were done before, an int32 scalar.
  func update(
    _ w: Tensor, gradient dw: Tensor, moments: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, moments: [Tensor])
}

extension Optimizer {
  public func rule(for parameter: State) -> any Optimizer { self }
  public func fault(for parameters: [State]) -> String? { nil }
}
