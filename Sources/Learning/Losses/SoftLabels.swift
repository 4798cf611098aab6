import Tensors

extension Loss {
  /// The cross-entropy between the softmax of scores `[N, C]` and class probabilities `[N, C]`.
  ///
  ///     loss_i = −Σ_j q_ij log softmax(s_i)_j
  public static let softLabelCrossEntropy = Loss("soft-label-cross-entropy") { scores, probabilities in
    matched("softLabelCrossEntropy", scores, probabilities) { s, q in -(q * logSoftmax(s)).sumOfExample }
  }

  /// The Kullback–Leibler divergence of the softmax of scores `[N, C]` from class probabilities `[N, C]`.
  ///
  ///     loss_i = Σ_j q_ij (log q_ij − log softmax(s_i)_j),   0 log 0 = 0
  public static let klDivergence = Loss("kl") { scores, probabilities in
    matched("klDivergence", scores, probabilities) { s, q in
      let zero = Tensor(0, dtype: q.dtype)
      let isThere = zero .< q
      let logarithm = log(select(isThere, q, Tensor(1, dtype: q.dtype)))
      return (q * (logarithm - logSoftmax(s))).sumOfExample
    }
  }
}
