public import Layers
public import Tensors

/// An encoder of texts, as BERT, that gives the scores of classes.
///
///     x = norm(tokens[ids] + positions + types[0]),   blocks,   scores = tanh(x₀ P + p) H + c
///
/// Takes int32 `[N, T]` with T up to the context, and gives `[N, classes]`, told from the first token of each text, `[CLS]` by
/// custom. Blocks are normalized after each part. Matrices begin as Gaussian numbers of standard deviation 0.02.
///
/// - SeeAlso: Devlin et al. 2019, "BERT: pre-training of deep bidirectional transformers for language understanding".
public struct BERT: Layer {
  public let vocabulary: Int
  public let context: Int
  public let classes: Int
  public let blocks: Int
  public let heads: Int
  public let channels: Int
  /// The units of the MLP of a block.
  public let mlpWidth: Int
  /// The kinds of segments that its table has, of which pairs of texts take two; all tokens are of the first.
  public let types: Int
  public let gelu: GELU.Form
  /// The term ε of all norms.
  public let epsilon: Double
  public let dropout: Double

  /// - Parameters:
  ///   - vocabulary: the number of tokens.
  ///   - context: the longest text in tokens.
  ///   - heads: a divisor of the channels.
  ///   - mlpWidth: the units of the MLP of a block; nil for four times the channels.
  ///   - types: the kinds of segments that the table has.
  ///   - gelu: its form in MLPs.
  ///   - epsilon: the term ε of all norms.
  ///   - dropout: of the embedding, of attention's weights, of what each part of a block gives, and of what classes are told from.
  public init(
    vocabulary: Int, context: Int, classes: Int, blocks: Int = 12, heads: Int = 12, channels: Int = 768,
    mlpWidth: Int? = nil, types: Int = 2, gelu: GELU.Form = .exact, epsilon: Double = 1e-12,
    dropout: Double = 0
  ) {
    precondition(
      vocabulary > 0 && context > 0 && classes > 0 && blocks > 0 && heads > 0 && channels > 0 && types > 0
        && channels.isMultiple(of: heads) && mlpWidth ?? 1 > 0,
      "a BERT of \(blocks) blocks with \(heads) heads and \(channels) channels cannot be made: heads have to divide channels"
    )
    (self.vocabulary, self.context, self.classes) = (vocabulary, context, classes)
    (self.blocks, self.heads, self.channels) = (blocks, heads, channels)
    (self.mlpWidth, self.types, self.gelu) = (mlpWidth ?? 4 * channels, types, gelu)
    (self.epsilon, self.dropout) = (epsilon, dropout)
  }

  private static let usual = Initializer.normal(standardDeviation: 0.02)

  public func forward(_ ids: Tensor, in pass: Pass) -> Tensor { forward(ids, lengths: nil, in: pass) }

  /// - Parameter lengths: int32 `[N]`, how many tokens each text has; the others are padding, which no token looks at. Nil for all.
  public func forward(_ ids: Tensor, lengths: Tensor?, in pass: Pass) -> Tensor {
    guard ids.error == nil else { return ids }
    let ids = ids.indicesInInt32
    guard ids.rank == 2, ids.dtype == .int32, (1...context).contains(ids.shape[1]) else {
      return .invalid(
        "bert", "takes int32 [N, T] with up to \(context) tokens, not \(ids.dtype)\(ids.shape)")
    }
    let length = ids.shape[1]
    func table(_ name: String, _ count: Int) -> Tensor {
      pass.scope(name, kind: "Embedding") {
        pass.weight("weight", [count, channels], fanIn: channels, initializer: BERT.usual)
      }
    }
    var x = embedding(ids, in: table("tokens", vocabulary)) + table("positions", context)[0..<length]
    x = LayerNorm(epsilon: epsilon)(x + table("types", types)[0], in: pass, as: "norm")
    x = dropped(x, in: pass, as: "dropout")
    let block = EncoderBlock(
      heads: heads, mlpWidth: mlpWidth, normalization: .after, gelu: gelu, epsilon: epsilon, dropout: dropout,
      weights: BERT.usual)
    for number in 0..<blocks {
      x = pass.scope("block\(number)", kind: "EncoderBlock") {
        pass.block(x) { block.forward($0, lengths: lengths, in: pass) }
      }
    }
    guard x.error == nil else { return x }
    let pooled = tanh(Dense(channels, weights: BERT.usual)(x[.all, 0], in: pass, as: "pooler"))
    return Dense(classes, weights: BERT.usual)(
      dropped(pooled, in: pass, as: "dropout2"), in: pass, as: "head")
  }

  private func dropped(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    dropout > 0 ? Dropout(dropout)(x, in: pass, as: name) : x
  }
}
