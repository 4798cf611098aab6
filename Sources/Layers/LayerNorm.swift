public import Tensors

/// Normalizes each example over its features, then scales and shifts each channel.
///
///     x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
///
/// `x` is `[N, C]`, or `[N, C, H, W]`, which is normalized over C, H and W. The same in training and evaluation.
///
/// - SeeAlso: Ba, Kiros & Hinton 2016, "Layer normalization".
public struct LayerNorm: Layer {
  /// The term ε under the root.
  public let epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    if let refused = refusal("layerNorm", x) { return refused }
    return scaleAndShift(normalize(x, over: Array(1..<x.rank), epsilon: epsilon).normalized, in: pass)
  }
}
