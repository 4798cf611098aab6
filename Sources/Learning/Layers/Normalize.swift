package import Tensors

/// Shifts and scales `x` to mean 0 and variance 1 along some axes.
///
///     x̂ = (x − μ) / σ,   σ = √(mean((x − μ)²) + ε)
///     dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / σ
///
/// The gradient is the simplified formula of the chain rule through μ and σ.
///
/// - Parameter ranks: the processes that run this in step, each with a part of the same size; means are over all parts.
/// - Returns: x̂; and μ and the variance with the axes kept at extent 1.
/// - SeeAlso: Ioffe & Szegedy 2015, "Batch normalization", section 3.
package func normalize(
  _ x: Tensor, over axes: [Int], epsilon: Double, ranks: Int = 1
) -> (normalized: Tensor, mean: Tensor, variance: Tensor) {
  @Sendable func mean(_ values: Tensor) -> Tensor {
    let own = values.mean(axes, keepingAxes: true)
    return ranks == 1 ? own : own.summedOverRanks() / ranks
  }
  let center = mean(x)
  let centred = x - center
  // Of the centred numbers, not E[x²] − μ², which cancels where the mean is large.
  let variance = mean(centred * centred)
  let inverse = 1 / sqrt(variance + epsilon)
  let normalized = centred * inverse
  let withRule = withGradient("normalize", normalized, of: [x]) { dy in
    let shared = mean(dy) + normalized * mean(dy * normalized)
    return [(dy - shared) * inverse]
  }
  return (withRule, center, variance)
}

/// Learned scales and shifts, one per channel (axis 1), initially 1 and 0.
///
///     y = γ x + β
func scaleAndShift(_ x: Tensor, in pass: Pass) -> Tensor {
  guard x.error == nil else { return x }
  let channels = x.shape[1]
  let perChannel = Shape([1, channels] + [Int](repeating: 1, count: x.rank - 2))
  let gamma = pass.bias("weight", [channels], initial: 1).reshaped(perChannel)
  return gamma * x + pass.bias("bias", [channels]).reshaped(perChannel)
}

/// Nil for `[N, C]` and `[N, C, H, W]`, else an invalid tensor with the reason.
func refusal(_ layer: String, _ x: Tensor) -> Tensor? {
  if x.error != nil { return x }
  guard x.rank == 2 || x.rank == 4 else {
    return .invalid(layer, "takes [N, C] or [N, C, H, W], not \(x.shape)")
  }
  return nil
}
