public import Tensors

/// Normalizes each channel of each image over its pixels, then scales and shifts it.
///
///     x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
///
/// `x` is `[N, C, H, W]`. The same in training and evaluation.
///
/// - SeeAlso: Ulyanov et al. 2016, "Instance normalization".
public struct InstanceNorm: Layer {
  /// The term ε under the root.
  public let epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    if let refused = refusal("instanceNorm", x) { return refused }
    guard x.rank == 4 else { return .invalid("instanceNorm", "takes images [N, C, H, W], not \(x.shape)") }
    return scaleAndShift(normalize(x, over: [2, 3], epsilon: epsilon).normalized, in: pass)
  }
}
