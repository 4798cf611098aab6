public import Layers
public import Tensors

/// A decoder of blocks with causal self-attention, arranged as GPT-2 or as Llama: gives the scores of the next token at each place.
///
///     x = tokens[ids] + positions,   then in each block x = x + attention(norm(x)), x = x + mlp(norm(x)),   scores = norm(x) W
///
/// Takes int32 `[N, T]` with T up to the context, and gives `[N, T, vocabulary]`. W is the transposed table of the tokens (tied
/// weights), or a matrix of its own. Weights begin as GPT-2's: Gaussian numbers of standard deviation 0.02, those that are added
/// to x of 0.02 / √(2 · blocks).
///
/// - SeeAlso: Radford et al. 2019, "Language models are unsupervised multitask learners"; Touvron et al. 2023, "LLaMA"; Press & Wolf
///   2017 for tied weights.
public struct GPT: Layer {
  /// What blocks are made of.
  public enum Arrangement: String, Codable, Hashable, Sendable, CaseIterable {
    /// Layer normalization, an MLP four times as wide with GELU by tanh, biases, and a learned vector for each place.
    case gpt2
    /// Root mean square normalization, a gated MLP (`SwiGLU`), no biases, and queries and keys that are turned by their places.
    case llama

    /// The term ε of its norms, unless another one is asked for.
    public var usualEpsilon: Double { self == .gpt2 ? 1e-5 : 1e-6 }

    /// The width of its MLP, unless another one is asked for: 4 D, or, because a gated MLP has three matrices for two, ⅔ of that,
    /// rounded up to a multiple of 32.
    public func usualMLPWidth(channels: Int) -> Int {
      self == .gpt2 ? 4 * channels : (8 * channels + 95) / 96 * 32
    }
  }

  /// How places are told apart.
  public enum Positions: String, Codable, Hashable, Sendable, CaseIterable {
    /// A learned vector for each place, as in GPT-2.
    case learned
    /// Queries and keys are turned by their places, as in Llama.
    case rotary
  }

  public let vocabulary: Int
  public let context: Int
  public let blocks: Int
  public let heads: Int
  /// The heads of keys and values: fewer than `heads` where several share them (grouped queries).
  public let keyValueHeads: Int
  public let channels: Int
  /// The units of the MLP of a block.
  public let mlpWidth: Int
  public let arrangement: Arrangement
  public let hasBias: Bool
  public let positions: Positions
  /// The base of the angles of rotary positions.
  public let rotaryBase: Double
  /// The term ε of all norms.
  public let epsilon: Double
  /// Whether scores are by the vectors of the tokens themselves.
  public let isTied: Bool
  public let dropout: Double

  /// - Parameters:
  ///   - vocabulary: the number of tokens.
  ///   - context: the longest sequence.
  ///   - heads: a divisor of the channels.
  ///   - keyValueHeads: the heads of keys and values, a divisor of `heads`; nil for as many.
  ///   - mlpWidth: the units of the MLP of a block; nil for the arrangement's usual number.
  ///   - bias: whether projections and layer norms have one; nil for the arrangement's choice.
  ///   - positions: nil for the arrangement's.
  ///   - rotaryBase: of the angles of rotary positions.
  ///   - epsilon: of the norms; nil for the arrangement's.
  ///   - tied: whether scores are by the vectors of the tokens, not by a matrix of their own.
  ///   - dropout: of the embedding, of attention's weights, and of what each part of a block adds.
  public init(
    vocabulary: Int, context: Int, blocks: Int = 6, heads: Int = 6, keyValueHeads: Int? = nil,
    channels: Int = 384, mlpWidth: Int? = nil, arrangement: Arrangement = .gpt2, bias: Bool? = nil,
    positions: Positions? = nil, rotaryBase: Double = 10_000, epsilon: Double? = nil, tied: Bool = true,
    dropout: Double = 0
  ) {
    precondition(
      vocabulary > 0 && context > 0 && blocks > 0 && heads > 0 && channels > 0
        && channels.isMultiple(of: heads),
      "a GPT of \(blocks) blocks with \(heads) heads and \(channels) channels cannot be made: heads have to divide channels"
    )
    (self.vocabulary, self.context, self.blocks, self.heads) = (vocabulary, context, blocks, heads)
    (self.keyValueHeads, self.channels) = (keyValueHeads ?? heads, channels)
    self.mlpWidth = mlpWidth ?? arrangement.usualMLPWidth(channels: channels)
    precondition(
      self.keyValueHeads > 0 && heads.isMultiple(of: self.keyValueHeads) && self.mlpWidth > 0,
      "a GPT with \(heads) heads on \(self.keyValueHeads) of keys and values and an MLP of \(self.mlpWidth) units cannot be made: "
        + "heads of keys and values have to divide heads")
    (self.arrangement, hasBias) = (arrangement, bias ?? (arrangement == .gpt2))
    self.positions = positions ?? (arrangement == .gpt2 ? .learned : .rotary)
    (self.rotaryBase, self.epsilon) = (rotaryBase, epsilon ?? arrangement.usualEpsilon)
    (isTied, self.dropout) = (tied, dropout)
  }

  private static let deviation = 0.02
  private static let usual = Initializer.normal(standardDeviation: deviation)

  /// How what is added to x begins: the sum over all blocks has the variance of one.
  private var residual: Initializer {
    .normal(standardDeviation: GPT.deviation / (2 * Double(blocks)).squareRoot())
  }

  public func forward(_ ids: Tensor, in pass: Pass) -> Tensor { forward(ids, documents: nil, in: pass) }

  /// The scores of the next token, of tokens that come after others, of several texts in a row, or of one place alone.
  ///
  /// - Parameters:
  ///   - cache: the keys and values of the tokens before; nil for sequences that are read as a whole.
  ///   - documents: int32 `[N, T]`, numbers of texts: no token looks at one of another text. Places are counted on from text to
  ///     text. Nil for one text.
  ///   - place: an int32 `[1]`: the place whose scores are asked for, which are `[N, 1, vocabulary]`; nil for all.
  public func forward(
    _ ids: Tensor, cache: KeyValueCache? = nil, documents: Tensor? = nil, at place: Tensor? = nil,
    in pass: Pass
  ) -> Tensor {
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
      x = x + (cache?.places.map { places.gathered(at: $0) } ?? places[0..<length])
    }
    x = dropped(x, in: pass, as: "dropout")
    for number in 0..<blocks {
      x = pass.scope("block\(number)", kind: "Block") {
        pass.block(x) { block($0, in: pass, documents, cache) }
      }
    }
    guard x.error == nil else { return x }
    if let place { x = x.transposed([1, 0, 2]).gathered(at: place).transposed([1, 0, 2]) }
    let places = x.shape[1]
    let rows = norm(x, in: pass, as: "norm").reshaped([count * places, channels])
    let scores =
      isTied
      ? matmul(rows, table.transposed([1, 0]), precision: pass.precision)
      : Dense(vocabulary, bias: false, weights: GPT.usual)(rows, in: pass, as: "scores")
    return scores.reshaped([count, places, vocabulary])
  }

  private func block(_ x: Tensor, in pass: Pass, _ documents: Tensor?, _ cache: KeyValueCache?) -> Tensor {
    let attention = MultiHeadAttention(
      heads: heads, keyValueHeads: keyValueHeads, causal: true, bias: hasBias,
      rotaryBase: positions == .rotary ? rotaryBase : nil, dropout: dropout, weights: GPT.usual,
      outputWeights: residual)
    let normed = norm(x, in: pass, as: "norm1")
    let seen = pass.scope("attention", kind: "MultiHeadAttention") {
      attention.forward(normed, lengths: nil, documents: documents, cache: cache, in: pass)
    }
    let y = x + dropped(seen, in: pass, as: "dropout1")
    let thought = mlp(norm(y, in: pass, as: "norm2"), in: pass)
    return y + dropped(thought, in: pass, as: "dropout2")
  }

  private func mlp(_ x: Tensor, in pass: Pass) -> Tensor {
    switch arrangement {
    case .gpt2:
      let wide = Dense(mlpWidth, bias: hasBias, weights: GPT.usual)(x, in: pass, as: "mlp1")
      return Dense(channels, bias: hasBias, weights: residual)(
        GELU(.tanh).forward(wide, in: pass), in: pass, as: "mlp2")
    case .llama:
      return SwiGLU(width: mlpWidth, bias: hasBias, weights: GPT.usual, outputWeights: residual)(
        x, in: pass, as: "mlp")
    }
  }

  private func norm(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    switch arrangement {
    case .gpt2: LayerNorm(epsilon: epsilon, bias: hasBias)(x, in: pass, as: name)
    case .llama: RMSNorm(epsilon: epsilon)(x, in: pass, as: name)
    }
  }

  private func dropped(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    dropout > 0 ? Dropout(dropout)(x, in: pass, as: name) : x
  }
}
