import Tensors

extension Loss {
  /// Softmax cross-entropy with label smoothing: a part of each label is spread evenly over all C classes.
  ///
  ///     q_j = (1 − ε) [j = y] + ε / C,   loss = −Σ_j q_j log softmax(s)_j = log Σ_j exp(s_j) − (1 − ε) s_y − ε mean(s)
  ///
  /// - Parameter smoothing: the part ε, from 0 up to 1.
  /// - SeeAlso: Szegedy et al. 2016, "Rethinking the inception architecture for computer vision", section 7.
  public static func softmaxCrossEntropy(labelSmoothing smoothing: Double) -> Loss {
    precondition((0..<1).contains(smoothing), "label smoothing is from 0 up to 1, not \(smoothing)")
    return Loss("softmax-cross-entropy") { scores, labels in
      let sharp = Tensors.softmaxCrossEntropy(scores, labels)
      guard sharp.error == nil, smoothing > 0 else { return sharp }
      let isLabel = labels.indicesInInt32.reshaped([labels.shape[0], 1]) .== Tensor.indices(scores.shape[1])
      let own = select(isLabel, scores, Tensor(0, dtype: scores.dtype)).sum([1])
      return sharp + smoothing * (own - scores.mean([1]))
    }
  }
}
