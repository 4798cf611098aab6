public import Tensors

/// Multi-head self-attention: every place of a sequence takes what it wants from the others.
///
///     q, k, v = x Wq + bq, x Wk + bk, x Wv + bv,   y = concat over heads of softmax(q kᵀ / √d) v,   out = y Wo + bo
///
/// `x` is `[N, T, D]`, d is D / heads. The three first projections are one matrix, `qkv`, `[D, D + 2 G d]`, whose columns are those of
/// q, k and v, head after head. With fewer heads G of keys and values, heads / G heads in a row share one (grouped queries). Causal
/// attention looks at no later place. Products of queries, keys and values are of float32 in every precision.
///
/// - SeeAlso: Vaswani et al. 2017, "Attention is all you need", section 3.2; Ainslie et al. 2023, "GQA".
public struct MultiHeadAttention: Layer {
  public let heads: Int
  /// The heads of keys and values, G; `heads` where each has its own.
  public let keyValueHeads: Int
  public let isCausal: Bool
  public let hasBias: Bool
  /// The base of the angles by which queries and keys are turned at their places (`RotaryEmbedding`); nil where places are told
  /// apart before.
  public let rotaryBase: Double?
  /// The probability of dropping a weight of the softmax while training (`AttentionDropout`).
  public let dropout: Double
  /// How the projections begin, and the one of the output; nil for what the run chooses.
  public let weights: Initializer?
  public let outputWeights: Initializer?

  /// - Parameters:
  ///   - heads: a divisor of the width.
  ///   - keyValueHeads: the heads of keys and values, a divisor of `heads`; nil for as many.
  ///   - causal: whether later places are not looked at.
  ///   - bias: whether projections have one.
  ///   - rotaryBase: of the angles by which queries and keys are turned at their places, 10,000 as a rule; nil for none.
  ///   - dropout: the probability of dropping a weight of the softmax while training.
  ///   - weights: how the projections of queries, keys and values begin; nil for what the run chooses.
  ///   - outputWeights: how the projection of the output begins; nil for `weights`.
  public init(
    heads: Int, keyValueHeads: Int? = nil, causal: Bool = false, bias: Bool = true,
    rotaryBase: Double? = nil, dropout: Double = 0, weights: Initializer? = nil,
    outputWeights: Initializer? = nil
  ) {
    precondition(heads > 0, "attention needs at least one head, not \(heads)")
    precondition((0..<1).contains(dropout), "a dropout rate is from 0 up to 1, not \(dropout)")
    self.keyValueHeads = keyValueHeads ?? heads
    precondition(
      self.keyValueHeads > 0 && heads.isMultiple(of: self.keyValueHeads),
      "\(heads) heads cannot share \(self.keyValueHeads) heads of keys and values: these have to divide those"
    )
    (self.heads, isCausal, hasBias, self.rotaryBase) = (heads, causal, bias, rotaryBase)
    (self.dropout, self.weights, self.outputWeights) = (dropout, weights, outputWeights ?? weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { forward(x, lengths: nil, in: pass) }

  /// The same for sequences that are padded, for several texts in a row, or for tokens that come after others.
  ///
  /// - Parameters:
  ///   - lengths: int32 `[N]`, how many places of each sequence there are; the others are padding, which no place looks at. Nil
  ///     for all.
  ///   - documents: int32 `[N, T]`, numbers of texts: no place looks at one of another text. Nil for one text.
  ///   - cache: of this pass, with the keys and values of the tokens before; nil for sequences that are read as a whole, as those of
  ///     several texts have to be.
  public func forward(
    _ x: Tensor, lengths: Tensor?, documents: Tensor? = nil, cache: KeyValueCache? = nil, in pass: Pass
  ) -> Tensor {
    guard x.error == nil else { return x }
    guard documents == nil || cache == nil else {
      return .invalid(
        "multiHeadAttention", "reads several texts in a row as a whole: leave the cache out, or the documents"
      )
    }
    guard x.rank == 3, x.dtype.isFloating, x.shape[2].isMultiple(of: heads) else {
      return .invalid(
        "multiHeadAttention",
        "takes floats [N, T, D] whose width D is a multiple of its \(heads) heads, not \(x.dtype)\(x.shape)")
    }
    let (count, length, width) = (x.shape[0], x.shape[1], x.shape[2])
    let size = width / heads
    let all = Dense((heads + 2 * keyValueHeads) * size, bias: hasBias, weights: weights)(
      x, in: pass, as: "qkv")
    let parts = all.reshaped([count, length, heads + 2 * keyValueHeads, size]).transposed([0, 2, 1, 3])
    let values = heads + keyValueHeads
    var (query, key) = (parts[.all, 0..<heads], parts[.all, heads..<values])
    if let rotaryBase {
      let rotary = RotaryEmbedding(
        positions: cache?.capacity ?? length, channels: size, base: rotaryBase, dtype: x.dtype)
      (query, key) = (rotary(query, at: cache?.places), rotary(key, at: cache?.places))
    }
    var value = parts[.all, values...]
    if let cache { (key, value) = cache.extended(keys: key, values: value) }
    // A token that comes after others is the last: causality leaves it all keys that there are.
    let mixed = attention(
      query, key, value, isCausal: isCausal, lengths: cache?.lengths(count) ?? lengths,
      documents: documents.map { (queries: $0, keys: $0) }, dropout: pass.attentionDropout(dropout))
    let joined = mixed.transposed([0, 2, 1, 3]).reshaped([count, length, width])
    return Dense(width, bias: hasBias, weights: outputWeights)(joined, in: pass, as: "out")
  }
}
