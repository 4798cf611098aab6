public import Tensors

/// Normalizes each example over groups of adjacent channels, then scales and shifts each channel.
///
///     x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
///
/// `x` is `[N, C]` or `[N, C, H, W]`; each group has C / groups channels. The same in training and evaluation.
///
/// - SeeAlso: Wu & He 2018, "Group normalization".
public struct GroupNorm: Layer {
  public let groups: Int
  /// The term ε under the root.
  public let epsilon: Double

  public init(groups: Int, epsilon: Double = 1e-5) {
    precondition(groups > 0, "group normalization needs at least one group, not \(groups)")
    self.groups = groups
    self.epsilon = epsilon
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    if let refused = refusal("groupNorm", x) { return refused }
    guard x.shape[1] % groups == 0 else {
      return .invalid("groupNorm", "\(x.shape[1]) channels of \(x.shape) do not make \(groups) groups")
    }
    let grouped = x.reshaped([x.shape[0], groups, x.shape.count / max(x.shape[0] * groups, 1)])
    return scaleAndShift(
      normalize(grouped, over: [2], epsilon: epsilon).normalized.reshaped(x.shape), in: pass)
  }
}
