extension Pass {
  /// Normally distributed random numbers, float32, for the current layer; new ones at each call.
  ///
  ///     z = √(−2 ln u) cos 2πv,   u from (0, 1], v from [0, 1)
  ///
  /// - SeeAlso: Box & Muller 1958, "A note on the generation of random normal deviates".
  public func normal(_ shape: Shape, mean: Double = 0, standardDeviation: Double = 1) -> Tensor {
    let (u, v) = (uniform(shape), uniform(shape))
    guard u.error == nil else { return u }
    // 1 − u is never 0.
    return mean + standardDeviation * sqrt(-2 * log(1 - u)) * cos(2 * .pi * v)
  }

  /// Bernoulli samples: ones with a probability, zeros otherwise, float32.
  public func bernoulli(_ shape: Shape, probability: Double) -> Tensor {
    let u = uniform(shape)
    guard u.error == nil else { return u }
    return (u .< probability).cast(to: .float32)
  }

  /// A class by scores along the last axis, `[…, C]`, drawn with the probabilities softmax(scores), int32 `[…]`.
  ///
  ///     argmax_j (s_j − ln (−ln u_j))
  ///
  /// - SeeAlso: Gumbel 1954, "Statistical theory of extreme values", and Maddison, Tarlow & Minka 2014, "A* sampling".
  public func categorical(_ scores: Tensor) -> Tensor {
    guard scores.error == nil else { return scores }
    guard scores.rank > 0, scores.dtype == .float32 else {
      return .invalid("categorical", "takes float32 scores […, C], not \(scores.dtype)\(scores.shape)")
    }
    return (scores - log(-log(1 - uniform(scores.shape)))).argmax()
  }
}
