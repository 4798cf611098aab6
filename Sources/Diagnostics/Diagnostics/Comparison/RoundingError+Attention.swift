import Tensors

/// Bounds of attention: one number for all elements of a part of the result, because each depends on all keys of a sequence.
extension RoundingError {
  static func error(of attention: Attention, _ y: Tensor, _ x: [BoundedValue]) -> Tensor? {
    let form = attention.form
    // Another document or another random number may change everything.
    for place in [form.documentInput, form.randomInput].compactMap({ $0 })
    where x[place...(place + 1)].contains(where: { $0.error != nil }) {
      return Tensor.full(y.shape, .infinity)
    }
    // Weights that dropout keeps.
    let kept = form.dropout?.kept ?? 1
    guard let sizes = AttentionSizes(x[0].value.shape, x[1].value.shape) else { return nil }
    let scores = Scores(form, x, sizes)
    let values = greatest(x[2].size)
    switch attention {
    case .attention:
      // Weights are positive and add up to 1: an error of the scores changes a weighted sum by at most twice as much of the
      // greatest value.
      let sums =
        kept * ((2 * scores.error + elementary + sum(of: sizes.s + 1)) * values + greatest(x[2].errors))
      let normalizers = scores.error + elementary + arithmetic * greatest(abs(y))
      return concatenate(
        [(sums, sizes.queryCount), (normalizers, sizes.normalizerCount)].map {
          ($0 + tiny).broadcast(to: [$1])
        })
    case .attentionGradient:
      let (dy, result, products) = (x[form.inputCount], x[form.inputCount + 1], x[form.inputCount + 2])
      let ofWeight = scores.error + greatest(result.errors) + elementary
      let lengths = (dy: longest(dy.number), value: longest(x[2].number))
      // The gradient of a weight, and of the product that is subtracted from it.
      let size = kept * lengths.dy * lengths.value + greatest(products.size)
      let ofProducts =
        sum(of: sizes.d + 1) * lengths.dy * lengths.value + longest(dy.errors)
        * (lengths.value + longest(x[2].errors)) + lengths.dy * longest(x[2].errors)
      let own = kept * ofProducts + greatest(products.errors)
      let ofScore = abs(form.scale) * ((ofWeight + elementary + sum(of: sizes.s)) * size + own)
      let most = abs(form.scale) * size
      let dQuery = ofScore * greatest(x[1].size) + most * greatest(x[1].errors)
      // A key may have the whole weight of every query.
      let queries = Double(max(1, sizes.t * (sizes.h / max(sizes.g, 1))))
      let more = sum(of: sizes.t)
      let dKey = queries * ((ofScore + more * most) * greatest(x[0].size) + most * greatest(x[0].errors))
      let dValue = kept * queries * ((ofWeight + more) * greatest(dy.size) + greatest(dy.errors))
      let ofKeys: Shape = [sizes.n, sizes.g, sizes.s, sizes.d]
      return sizes.gradient(
        ofQueries: (dQuery + tiny).broadcast(to: [sizes.n, sizes.h, sizes.t, sizes.d]),
        keys: (dKey + tiny).broadcast(to: ofKeys), values: (dValue + tiny).broadcast(to: ofKeys))
    }
  }

  /// The error of any score, whose terms add up to at most the product of two rows' lengths.
  private struct Scores {
    let error: Tensor

    init(_ form: AttentionForm, _ x: [BoundedValue], _ sizes: AttentionSizes) {
      let (query, key) = (longest(x[0].number), longest(x[1].number))
      let (ofQuery, ofKey) = (longest(x[0].errors), longest(x[1].errors))
      let products = sum(of: sizes.d + 2) * query * key + ofQuery * (key + ofKey) + query * ofKey
      let scaled = abs(form.scale) * products
      guard let mask = form.maskInput else {
        error = scaled
        return
      }
      // What leaves keys out is no number to be added.
      let added = select(.!(x[mask].value .<= AttentionForm.leavesOut), x[mask].size, Tensor(0))
      error = scaled + arithmetic * greatest(added) + greatest(x[mask].errors)
    }
  }

  private static func greatest(_ x: Tensor) -> Tensor { x.shape.count == 0 ? Tensor(0) : x.max() }

  /// The greatest length of a row.
  private static func longest(_ x: Tensor) -> Tensor { sqrt(greatest((x * x).sum([x.rank - 1]))) }
}
