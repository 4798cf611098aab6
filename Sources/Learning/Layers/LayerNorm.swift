public import Tensors

/// Normalizes each example over its features, then scales and shifts each channel.
///
///     x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
///
/// `x` is `[N, C]`, or `[N, C, H, W]`, normalized over C, H and W; for other ranks, such as `[N, T, D]`, it
/// is normalized, scaled and shifted over the last axis. The same in training and evaluation.
///
/// - SeeAlso: Ba, Kiros & Hinton 2016, "Layer normalization".
public struct LayerNorm: Layer {
  /// The term ε under the root.
  public let epsilon: Double
  /// Whether β is learned; without it, it is 0.
  public let hasBias: Bool

  /// - Parameter bias: whether a shift β is learned, which GPTs may do without; images `[N, C, H, W]` and `[N, C]` always
  ///   have one.
  public init(epsilon: Double = 1e-5, bias: Bool = true) { (self.epsilon, hasBias) = (epsilon, bias) }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank >= 2, x.dtype.isFloating else {
      return .invalid("layerNorm", "takes floats [N, …, C] or [N, C, H, W], not \(x.dtype)\(x.shape)")
    }
    if x.rank != 2, x.rank != 4 {
      let width = x.shape[x.rank - 1]
      let scale = pass.bias("weight", [width], initial: 1)
      let y = scale * normalize(x, over: [x.rank - 1], epsilon: epsilon).normalized
      return hasBias ? y + pass.bias("bias", [width]) : y
    }
    return scaleAndShift(normalize(x, over: Array(1..<x.rank), epsilon: epsilon).normalized, in: pass)
  }
}
