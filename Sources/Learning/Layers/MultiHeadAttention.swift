import Foundation
public import Tensors

/// Self-attention of several heads: each position takes a mean of all positions' values, weighted by how its query meets their
/// keys.
///
///     [Q K V] = x W + b,   Y = softmax(Q Kᵀ / √D) V for each head,   y = Y W′ + b′
///
/// `[N, T, C]` to `[N, T, C]`, with heads of D = C / heads channels. The names of its parts are `qkv` and `out`.
///
/// - SeeAlso: Vaswani et al. 2017, "Attention is all you need", section 3.2.
public struct MultiHeadAttention: Layer {
  public let heads: Int
  /// True if a position sees itself and those before it only.
  public let isCausal: Bool
  public let hasBias: Bool
  /// The probability of dropping a weight of the mean.
  public let dropout: Double
  /// Initializers of the two projections; nil for what the run chooses.
  public let weights, outputWeights: Initializer?

  /// - Parameters:
  ///   - isCausal: whether a position sees itself and those before it only.
  ///   - bias: whether the projections add learned vectors.
  ///   - dropout: the probability of dropping a weight of the mean in training.
  ///   - weights: of queries, keys and values; nil for what the run chooses.
  ///   - outputWeights: of the projection of all heads' results.
  public init(
    heads: Int, isCausal: Bool = false, bias: Bool = true, dropout: Double = 0, weights: Initializer? = nil,
    outputWeights: Initializer? = nil
  ) {
    precondition(heads > 0, "attention has at least one head, not \(heads)")
    (self.heads, self.isCausal, hasBias, self.dropout) = (heads, isCausal, bias, dropout)
    (self.weights, self.outputWeights) = (weights, outputWeights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 3, x.dtype.isFloating else {
      return .invalid("multiHeadAttention", "takes floats [N, T, C], not \(x.dtype)\(x.shape)")
    }
    let (count, length, channels) = (x.shape[0], x.shape[1], x.shape[2])
    guard channels.isMultiple(of: heads) else {
      return .invalid(
        "multiHeadAttention", "\(channels) channels of \(x.shape) are no multiple of \(heads) heads")
    }
    let size = channels / heads
    let projected = Dense(3 * channels, bias: hasBias, weights: weights)(x, in: pass, as: "qkv")
    let parts = projected.reshaped([count, length, 3, heads, size]).transposed([2, 0, 3, 1, 4])
    let means =
      pass.mode == .training && dropout > 0
      ? dropping(parts[0], parts[1], parts[2], in: pass)
      : attention(parts[0], parts[1], parts[2], isCausal: isCausal)
    let joined = means.transposed([0, 2, 1, 3]).reshaped([count, length, channels])
    return Dense(channels, bias: hasBias, weights: outputWeights)(joined, in: pass, as: "out")
  }

  /// softmax(Q Kᵀ / √D) V of `[N, heads, T, D]`, with some of the weights dropped: these are stored.
  private func dropping(_ query: Tensor, _ key: Tensor, _ value: Tensor, in pass: Pass) -> Tensor {
    let (length, size) = (query.shape[2], query.shape[3])
    var scores =
      batchedMatmul(query, key.transposed([0, 1, 3, 2]), precision: pass.precision)
      * (1 / Double(size).squareRoot())
    guard scores.error == nil else { return scores }
    if isCausal {
      let places = Tensor.indices(length)
      let isLater = places.reshaped([length, 1]) .< places
      scores = select(
        isLater.broadcast(to: scores.shape), Tensor.full(scores.shape, -.infinity, dtype: scores.dtype),
        scores)
    }
    let shares = Dropout(dropout)(softmax(scores), in: pass, as: "dropout")
    return batchedMatmul(shares, value, precision: pass.precision)
  }
}
