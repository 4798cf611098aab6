public import Layers
public import Tensors

/// A language model: after each token of a text, scores of what comes next.
///
/// Tokens and positions are embedded, pass blocks of a transformer, and are compared with the tokens' own vectors (tied weights):
/// `[N, T]`, int32, to `[N, T, vocabulary]`. Weights begin as GPT-2's: normal with 0.02, and 0.02 / √(2 · blocks) where results
/// are added to the input.
///
///     GPT(vocabulary: 65, context: 64, blocks: 4, heads: 4, channels: 128)
///
/// - SeeAlso: Radford et al. 2019, "Language models are unsupervised multitask learners".
public struct GPT: Layer {
  /// The number of different tokens.
  public let vocabulary: Int
  /// The number of tokens that it sees at most.
  public let context: Int
  public let blocks: Int
  public let heads: Int
  /// The width of a token's vector.
  public let channels: Int
  /// Whether projections and norms add learned vectors, as GPT-2's do.
  public let hasBias: Bool
  /// The probability of dropping an element of embeddings, of what blocks add, and of attention's shares.
  public let dropout: Double

  /// - Parameters:
  ///   - context: the number of tokens that it sees at most.
  ///   - channels: the width of a token's vector, a multiple of the heads.
  ///   - bias: whether projections and norms add learned vectors.
  public init(
    vocabulary: Int, context: Int, blocks: Int, heads: Int, channels: Int, bias: Bool = false,
    dropout: Double = 0
  ) {
    precondition(
      vocabulary > 0 && context > 0 && blocks > 0,
      "a GPT has a vocabulary, a context and blocks, each at least 1")
    precondition(
      heads > 0 && channels.isMultiple(of: heads) && channels > 0,
      "\(channels) channels are no multiple of \(heads) heads")
    (self.vocabulary, self.context, self.blocks) = (vocabulary, context, blocks)
    (self.heads, self.channels, hasBias, self.dropout) = (heads, channels, bias, dropout)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 2, x.shape[1] <= context else {
      return .invalid("gpt", "takes tokens [N, T] of at most \(context), not \(x.dtype)\(x.shape)")
    }
    let weights = Initializer.normal(standardDeviation: 0.02)
    let residual = Initializer.normal(standardDeviation: 0.02 / (2 * Double(blocks)).squareRoot())
    func table(_ name: String, _ count: Int) -> Tensor {
      pass.scope(name, kind: "Embedding") {
        pass.weight("weight", [count, channels], fanIn: channels, fanOut: count, initializer: weights)
      }
    }
    let (tokens, positions) = (table("tokens", vocabulary), table("positions", context))
    var h = embedding(x, in: tokens) + positions[..<x.shape[1]]
    h = Dropout(dropout)(h, in: pass, as: "dropout")
    let block = TransformerBlock(
      heads: heads, isCausal: true, bias: hasBias, dropout: dropout, weights: weights,
      residualWeights: residual)
    for number in 0..<blocks { h = block(h, in: pass, as: "blocks.\(number)") }
    h = LayerNorm(bias: hasBias)(h, in: pass, as: "norm")
    guard h.error == nil else { return h }
    let rows = h.reshaped([x.shape.count, channels])
    return matmul(rows, tokens.transposed([1, 0]), precision: pass.precision)
      .reshaped(Shape(x.shape.dimensions + [vocabulary]))
  }
}
