public import Layers
public import Tensors

/// A decoder of blocks with causal self-attention, as GPT-2: gives the scores of the next token at each place.
///
///     x = tokens[ids] + positions,   then in each block x = x + attention(norm(x)), x = x + mlp(norm(x)),   scores = norm(x) tokensᵀ
///
/// Takes int32 `[N, T]` with T up to the context, and gives `[N, T, vocabulary]`. The MLP is four times as wide, with GELU by
/// tanh. Scores are by the vectors of the tokens themselves (tied weights). Weights begin as GPT-2's: Gaussian numbers of standard
/// deviation 0.02, those that are added to x of 0.02 / √(2 · blocks).
///
/// - SeeAlso: Radford et al. 2019, "Language models are unsupervised multitask learners"; Press & Wolf 2017 for tied weights.
public struct GPT: Layer {
  /// How places are told apart.
  public enum Positions: String, Codable, Hashable, Sendable, CaseIterable {
    /// A learned vector for each place, as in GPT-2.
    case learned
    /// Queries and keys are turned by their places.
    case rotary
  }

  public let vocabulary: Int
  public let context: Int
  public let blocks: Int
  public let heads: Int
  public let channels: Int
  public let hasBias: Bool
  public let positions: Positions
  public let dropout: Double

  /// - Parameters:
  ///   - vocabulary: the number of tokens.
  ///   - context: the longest sequence.
  ///   - heads: a divisor of the channels.
  ///   - bias: whether projections and norms have one.
  ///   - dropout: of the embedding, and of what each block adds.
  public init(
    vocabulary: Int, context: Int, blocks: Int = 6, heads: Int = 6, channels: Int = 384, bias: Bool = true,
    positions: Positions = .learned, dropout: Double = 0
  ) {
    precondition(
      vocabulary > 0 && context > 0 && blocks > 0 && heads > 0 && channels > 0
        && channels.isMultiple(of: heads),
      "a GPT of \(blocks) blocks with \(heads) heads and \(channels) channels cannot be made: heads have to divide channels"
    )
    (self.vocabulary, self.context, self.blocks, self.heads) = (vocabulary, context, blocks, heads)
    (self.channels, hasBias, self.positions, self.dropout) = (channels, bias, positions, dropout)
  }

  private static let deviation = 0.02
  private static let usual = Initializer.normal(standardDeviation: deviation)

  /// How what is added to x begins: the sum over all blocks has the variance of one.
  private var residual: Initializer {
    .normal(standardDeviation: GPT.deviation / (2 * Double(blocks)).squareRoot())
  }

  public func forward(_ ids: Tensor, in pass: Pass) -> Tensor {
    guard ids.error == nil else { return ids }
    let ids = ids.indicesInInt32
    guard ids.rank == 2, ids.dtype == .int32, (1...context).contains(ids.shape[1]) else {
      return .invalid(
        "gpt", "takes int32 [N, T] with up to \(context) tokens, not \(ids.dtype)\(ids.shape)")
    }
    let (count, length) = (ids.shape[0], ids.shape[1])
    let table = pass.scope("tokens", kind: "Embedding") {
      pass.weight("weight", [vocabulary, channels], fanIn: channels, initializer: GPT.usual)
    }
    var x = embedding(ids, in: table)
    if positions == .learned {
      let places = pass.scope("positions", kind: "Embedding") {
        pass.weight("weight", [context, channels], fanIn: channels, initializer: GPT.usual)
      }
      x = x + places[0..<length]
    }
    x = dropped(x, in: pass, as: "dropout")
    for number in 0..<blocks {
      x = pass.scope("block\(number)", kind: "Block") { pass.block(x) { block($0, in: pass) } }
    }
    let rows = norm(x, in: pass, as: "norm").reshaped([count * length, channels])
    return matmul(rows, table.transposed([1, 0]), precision: pass.precision).reshaped([
      count, length, vocabulary,
    ])
  }

  private func block(_ x: Tensor, in pass: Pass) -> Tensor {
    let attention = MultiHeadAttention(
      heads: heads, causal: true, bias: hasBias,
      rotaryBase: positions == .rotary ? 10_000 : nil,
      weights: GPT.usual,
      outputWeights: residual)
    let seen = attention(norm(x, in: pass, as: "norm1"), in: pass, as: "attention")
    let y = x + dropped(seen, in: pass, as: "dropout1")
    let wide = Dense(4 * channels, bias: hasBias, weights: GPT.usual)(
      norm(y, in: pass, as: "norm2"), in: pass, as: "mlp1")
    let thought = Dense(channels, bias: hasBias, weights: residual)(
      GELU(.tanh).forward(wide, in: pass), in: pass, as: "mlp2")
    return y + dropped(thought, in: pass, as: "dropout2")
  }

  private func norm(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    LayerNorm(bias: hasBias)(x, in: pass, as: name)
  }

  private func dropped(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    dropout > 0 ? Dropout(dropout)(x, in: pass, as: name) : x
  }
}
