public import Tensors

/// A block of a transformer with normalization first: attention, then an MLP of four times the width, each added to its input.
///
///     x ← x + attention(norm(x)),   x ← x + W′ gelu(W norm(x) + b) + b′
///
/// `[N, T, C]` to `[N, T, C]`. Its parts are `norm1`, `attention`, `norm2`, `up` and `down`, as the run's checkpoints name them.
///
/// - SeeAlso: Radford et al. 2019, "Language models are unsupervised multitask learners".
public struct TransformerBlock: Layer {
  public let heads: Int
  public let isCausal: Bool
  public let hasBias: Bool
  /// The probability of dropping a share of attention, or an element of what is added.
  public let dropout: Double
  /// Initializers of projections, and of those whose results are added to the input; nil for what the run chooses.
  public let weights, residualWeights: Initializer?

  /// - Parameters:
  ///   - isCausal: whether a position sees itself and those before it only.
  ///   - bias: whether projections and norms add learned vectors.
  ///   - weights: of projections; nil for what the run chooses.
  ///   - residualWeights: of the projections whose results are added to the input.
  public init(
    heads: Int, isCausal: Bool = false, bias: Bool = true, dropout: Double = 0, weights: Initializer? = nil,
    residualWeights: Initializer? = nil
  ) {
    (self.heads, self.isCausal, hasBias, self.dropout) = (heads, isCausal, bias, dropout)
    (self.weights, self.residualWeights) = (weights, residualWeights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { pass.block(x) { branches($0, in: pass) } }

  private func branches(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    let norm = LayerNorm(bias: hasBias)
    let attention = MultiHeadAttention(
      heads: heads, isCausal: isCausal, bias: hasBias, dropout: dropout, weights: weights,
      outputWeights: residualWeights)
    let drop = Dropout(dropout)
    let attended = attention(norm(x, in: pass, as: "norm1"), in: pass, as: "attention")
    guard attended.error == nil else { return attended }
    let x = x + drop(attended, in: pass, as: "dropout1")
    let up = Dense(4 * x.shape[2], bias: hasBias, weights: weights)
    let wide = GELU(.tanh).forward(up(norm(x, in: pass, as: "norm2"), in: pass, as: "up"), in: pass)
    let down = Dense(x.shape[2], bias: hasBias, weights: residualWeights)
    return x + drop(down(wide, in: pass, as: "down"), in: pass, as: "dropout2")
  }
}
