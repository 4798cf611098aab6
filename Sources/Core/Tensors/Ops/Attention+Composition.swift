/// Attention of other operations, which store scores and weights: for gradients of gradients, and of masks.
extension AttentionForm {
  /// Scores, and truth values of the keys that each query has, `[N, H, T, S]`; nil if it has all.
  private func scores(of inputs: [Tensor], _ sizes: AttentionSizes) -> (scores: Tensor, keys: Tensor?) {
    let (n, h, t, s) = (sizes.n, sizes.h, sizes.t, sizes.s)
    let full: Shape = [n, h, t, s]
    var keys: [Tensor] = []
    var scores = batchedMatmul(inputs[0], sizes.forHeads(inputs[1]).transposed([0, 1, 3, 2])) * scale
    if let place = maskInput {
      let isThere = .!(inputs[place] .<= Self.leavesOut)
      keys.append(isThere)
      // Infinity times the zero of a key that is left out would be no number.
      scores = scores + select(isThere, inputs[place], Tensor(0, dtype: inputs[place].dtype))
    }
    if let place = documentInput {
      keys.append(inputs[place].reshaped([n, 1, t, 1]) .== inputs[place + 1].reshaped([n, 1, 1, s]))
    }
    if isCausal {
      let last = Tensor.indices(t).reshaped([t, 1]) + Double(s - t)
      keys.append(Tensor.indices(s).reshaped([1, s]) .<= last)
    }
    let all = keys.map { $0.broadcast(to: full) }.reduce(nil as Tensor?) { both, next in
      both.map { $0 .& next } ?? next
    }
    return (scores, all)
  }

  /// The weights by known normalizers `[N, T, H]`, `[N, H, T, S]`: p = exp(score − normalizer).
  func weights(of inputs: [Tensor], normalizers: Tensor, _ sizes: AttentionSizes) -> Tensor {
    let (scores, keys) = scores(of: inputs, sizes)
    let known = normalizers.transposed([0, 2, 1]).reshaped([sizes.n, sizes.h, sizes.t, 1])
    guard let keys else { return exp(scores - known) }
    let zero = Tensor(0, dtype: scores.dtype)
    return select(keys, exp(select(keys, scores - known, zero)), zero)
  }

  /// What the operation `attention` gives.
  package func composition(of inputs: [Tensor], _ sizes: AttentionSizes) -> Tensor {
    let (scores, keys) = scores(of: inputs, sizes)
    let (zero, one) = (Tensor(0, dtype: scores.dtype), Tensor(1, dtype: scores.dtype))
    let shown = keys.map { select($0, scores, Tensor(Self.leftOut, dtype: scores.dtype)) } ?? scores
    let greatest = shown.max([3], keepingAxes: true).detached
    let powers = exp(shown - greatest)
    let weights = keys.map { select($0, powers, zero) } ?? powers
    let total = weights.sum([3], keepingAxes: true)
    // A query without keys gives zeros.
    let isThere = 0 .< total
    let divisor = select(isThere, total, one)
    let shares = weights / divisor
    let sums = batchedMatmul(
      kept(of: inputs, sizes).map { shares * $0 } ?? shares, sizes.forHeads(inputs[2]))
    let normalizers = select(isThere, greatest + log(divisor), zero)
    return concatenate([
      sums.transposed([0, 2, 1, 3]).reshaped([sizes.queryCount]),
      normalizers.transposed([0, 2, 1, 3]).reshaped([sizes.normalizerCount]),
    ])
  }

  /// What the operation `attentionGradient` gives.
  func gradientComposition(of inputs: [Tensor], _ sizes: AttentionSizes) -> Tensor {
    let (dy, result, products) = (inputs[inputCount], inputs[inputCount + 1], inputs[inputCount + 2])
    let weights = weights(of: inputs, normalizers: sizes.normalizers(in: result), sizes)
    let kept = kept(of: inputs, sizes)
    let scores = weights.gradientOfScores(dy, products, inputs[2], kept: kept, sizes) * scale
    let turned = [0, 1, 3, 2]
    return sizes.gradient(
      ofQueries: batchedMatmul(scores, sizes.forHeads(inputs[1])),
      keys: sizes.ofGroups(batchedMatmul(scores.transposed(turned), inputs[0])),
      values: sizes.ofGroups(batchedMatmul((kept.map { weights * $0 } ?? weights).transposed(turned), dy)))
  }

  /// The gradients of the inputs of `attentionGradient`, given that of its result.
  func secondGradients(of inputs: [Tensor], upstream: Tensor, _ sizes: AttentionSizes) -> [Tensor?] {
    // Inputs may depend on one another, which is not for this operation to follow.
    let own = inputs.map(\.detached)
    let differentiable = inputs.indices.filter { inputs[$0].dtype.isFloating }
    let found = Tensors.gradients(
      of: gradientComposition(of: own, sizes), upstream: upstream, at: differentiable.map { own[$0] })
    var results: [Tensor?] = inputs.map { _ in nil }
    for (place, gradient) in zip(differentiable, found) { results[place] = gradient }
    return results
  }
}

extension Tensor {
  /// The gradient of scores, of these weights `[N, H, T, S]`.
  ///
  ///     ds = p (m · dy · vᵀ − Δ)
  ///
  /// - Parameters:
  ///   - dy: `[N, H, T, D]`.
  ///   - products: Δ, `[N, T, H]`.
  ///   - kept: m, the factors of dropout; nil for ones.
  func gradientOfScores(
    _ dy: Tensor, _ products: Tensor, _ value: Tensor, kept: Tensor?, _ sizes: AttentionSizes
  ) -> Tensor {
    let ofValues = batchedMatmul(dy, sizes.forHeads(value).transposed([0, 1, 3, 2]))
    let dWeights = kept.map { ofValues * $0 } ?? ofValues
    return self * (dWeights - products.transposed([0, 2, 1]).reshaped([sizes.n, sizes.h, sizes.t, 1]))
  }
}

extension AttentionSizes {
  /// Keys or values `[N, G, S, D]` for each head, `[N, H, S, D]`.
  fileprivate func forHeads(_ x: Tensor) -> Tensor {
    g == h
      ? x
      : x.reshaped([n, g, 1, s, d]).broadcast(to: [n, g, h / g, s, d]).reshaped([n, h, s, d])
  }

  /// The sums `[N, G, S, D]` over the heads of each group.
  fileprivate func ofGroups(_ x: Tensor) -> Tensor {
    g == h ? x : x.reshaped([n, g, h / g, s, d]).sum([2])
  }
}
