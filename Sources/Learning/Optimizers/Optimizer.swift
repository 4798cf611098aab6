public import Tensors

/// An update rule for parameters, given their gradients.
public protocol Optimizer: Sendable {
  /// The learning rate η, before any schedule.
  var learningRate: Double { get }

  /// The names of the optimizer state kept per parameter.
  ///
  /// Each has the parameter's shape and starts at zero.
  var slots: [String] { get }

  /// The rule for a parameter: for example without weight decay for biases.
  ///
  /// Its learning rate is scheduled in proportion to this one's.
  func rule(for parameter: State) -> any Optimizer

  /// Why it is not for some parameters, in a clause; nil if it is.
  func fault(for parameters: [State]) -> String?

  /// One parameter's next value, and its next slots, in the order of their names.
  ///
  /// - Parameters:
  ///   - w: the parameter.
  ///   - dw: the gradient of the loss with respect to it.
  ///   - slots: its optimizer state.
  ///   - learningRate: a scalar: the scheduled η.
  ///   - step: the number of steps done before, an int32 scalar.
  func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor])
}

extension Optimizer {
  public func rule(for parameter: State) -> any Optimizer { self }
  public func fault(for parameters: [State]) -> String? { nil }
}
