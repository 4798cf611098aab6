public import Tensors

/// Divides the last axis by its root mean square, then scales it.
///
///     y = γ x / √(mean x² + ε)
///
/// `x` is of any rank from 2.
///
/// - SeeAlso: Zhang & Sennrich 2019, "Root mean square layer normalization".
public struct RMSNorm: Layer {
  /// The term ε under the root.
  public let epsilon: Double

  public init(epsilon: Double = 1e-6) { self.epsilon = epsilon }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank >= 2, x.dtype.isFloating else {
      return .invalid("rmsNorm", "takes floats […, D], not \(x.dtype)\(x.shape)")
    }
    let scale = pass.bias("weight", [x.shape[x.rank - 1]], initial: 1)
    return x / sqrt((x * x).mean([-1], keepingAxes: true) + epsilon) * scale
  }
}
