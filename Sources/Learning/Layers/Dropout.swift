public import Tensors

/// While training, drops each element with a probability and scales the rest up, so that the mean is kept.
///
///     y = x · m / (1 − rate),   m = 0 with probability `rate`, else 1
///
/// In evaluation, y = x. This is *inverted* dropout. The mask is a function of the run's key, the step and
/// the layer's path, the same on every backend.
///
/// - SeeAlso: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
public struct Dropout: Layer {
  /// The probability of dropping an element.
  public let rate: Double

  /// - Parameter rate: from 0 up to 1.
  public init(_ rate: Double) {
    precondition((0..<1).contains(rate), "a dropout rate is from 0 up to 1, not \(rate)")
    self.rate = rate
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.dtype.isFloating else {
      return .invalid("dropout", "takes float32 or float64, not \(x.dtype)\(x.shape)")
    }
    guard pass.mode == .training, rate > 0 else { return x }
    let isDropped = pass.uniform(x.shape) .< rate
    return select(isDropped, Tensor.full(x.shape, 0, dtype: x.dtype), x * (1 / (1 - rate)))
  }
}
