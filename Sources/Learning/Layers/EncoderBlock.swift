public import Tensors

/// A block of a Transformer's encoder: self-attention and an MLP, what each gives added to what it takes.
///
///     normalized before:  y = x + attention(norm1(x)),   out = y + mlp(norm2(y))
///     normalized after:   y = norm1(x + attention(x)),   out = norm2(y + mlp(y))
///
/// `x` is `[N, T, D]`, and so is the result. The MLP is `mlp2(gelu(mlp1(x)))`.
///
/// - SeeAlso: Vaswani et al. 2017, "Attention is all you need", and Xiong et al. 2020, "On layer normalization in the Transformer
///   architecture", for the two orders.
public struct EncoderBlock: Layer {
  /// Where each part is normalized.
  public enum Normalization: Sendable {
    /// Its input, as in vision transformers.
    case before
    /// Its result together with its input, as in BERT.
    case after
  }

  public let heads: Int
  /// The units of the MLP.
  public let mlpWidth: Int
  public let normalization: Normalization
  public let gelu: GELU.Form
  /// The term ε of the norms.
  public let epsilon: Double
  /// Of attention's weights, and of what each part gives.
  public let dropout: Double
  /// How matrices begin; nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - heads: a divisor of the width of the input.
  ///   - mlpWidth: the units of the MLP.
  ///   - normalization: where each part is normalized.
  ///   - gelu: its form in the MLP.
  ///   - epsilon: the term ε of the norms.
  ///   - dropout: of attention's weights, and of what each part gives.
  ///   - weights: how matrices begin; nil for what the run chooses.
  public init(
    heads: Int, mlpWidth: Int, normalization: Normalization = .before, gelu: GELU.Form = .exact,
    epsilon: Double = 1e-6, dropout: Double = 0, weights: Initializer? = nil
  ) {
    precondition(
      heads > 0 && mlpWidth > 0, "a block needs heads and an MLP, not \(heads) and \(mlpWidth) units")
    (self.heads, self.mlpWidth, self.normalization, self.gelu) = (heads, mlpWidth, normalization, gelu)
    (self.epsilon, self.dropout, self.weights) = (epsilon, dropout, weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { forward(x, lengths: nil, in: pass) }

  /// - Parameter lengths: int32 `[N]`, how many places of each sequence there are; the others are padding, which no place looks at. Nil
  ///   for all.
  public func forward(_ x: Tensor, lengths: Tensor?, in pass: Pass) -> Tensor {
    switch normalization {
    case .before:
      let y = x + attended(norm(x, in: pass, as: "norm1"), lengths, in: pass)
      return y + thought(norm(y, in: pass, as: "norm2"), in: pass)
    case .after:
      let y = norm(x + attended(x, lengths, in: pass), in: pass, as: "norm1")
      return norm(y + thought(y, in: pass), in: pass, as: "norm2")
    }
  }

  private func attended(_ x: Tensor, _ lengths: Tensor?, in pass: Pass) -> Tensor {
    let attention = MultiHeadAttention(heads: heads, dropout: dropout, weights: weights)
    let seen = pass.scope("attention", kind: "MultiHeadAttention") {
      attention.forward(x, lengths: lengths, in: pass)
    }
    return dropped(seen, in: pass, as: "dropout1")
  }

  private func thought(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    let wide = Dense(mlpWidth, of: .lastAxis, weights: weights)(x, in: pass, as: "mlp1")
    let narrow = Dense(x.shape[x.rank - 1], of: .lastAxis, weights: weights)
    return dropped(narrow(GELU(gelu).forward(wide, in: pass), in: pass, as: "mlp2"), in: pass, as: "dropout2")
  }

  private func norm(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    LayerNorm(epsilon: epsilon)(x, in: pass, as: name)
  }

  private func dropped(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    dropout > 0 ? Dropout(dropout)(x, in: pass, as: name) : x
  }
}
