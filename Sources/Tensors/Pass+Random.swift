extension Pass {
  /// Normally distributed random numbers, float32, of the layer at hand; others each time.
  ///
  ///     z = √(−2 ln u) cos 2πv,   u from (0, 1], v from [0, 1)
  ///
  /// - SeeAlso: Box & Muller 1958, "A note on the generation of random normal deviates".
  public func normal(_ shape: Shape, mean: Double = 0, standardDeviation: Double = 1) -> Tensor {
    let (u, v) = (uniform(shape), uniform(shape))
    guard u.error == nil else { return u }
    // cos 2πv = −cos 2πt with t = v − ½, and cos 2πt = sin (½ π − 2π |t|), whose argument is within a quarter of a turn.
    let cosine = -sineOfQuarterTurn(0.5 * .pi - 2 * .pi * abs(v - 0.5))
    // 1 − u is never 0.
    return mean + standardDeviation * sqrt(-2 * log(1 - u)) * cosine
  }

  /// Ones with a probability, zeros otherwise, float32.
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
