/// Scaled dot-product attention, whose matrix of scores is never stored.
///
/// N sequences, H heads of T queries, G groups of S keys and values (H / G heads share a group), D channels.
/// A result is one vector of several parts, because an operation has one result: readers slice it, which copies
/// nothing. Parts have the order `[N, T, H, D]`, in which heads become channels again by a reshape.
package enum Attention: Operation {
  /// Queries `[N, H, T, D]`, keys and values `[N, G, S, D]`, then what the form adds, to the weighted sums
  /// `[N, T, H, D]` and the logarithms of the sums of exponentials `[N, T, H]`.
  case attention(AttentionForm)

  /// The same inputs, the gradient of the weighted sums `[N, H, T, D]`, the result of `attention`, and of each query the
  /// product of the sums and their gradient `[N, T, H]`, to the gradients of queries `[N, T, H, D]`, keys and values
  /// `[N, S, G, D]`. Where there are as many keys as queries, those of a place are next to one another, `[N, T, H + 2 G, D]`: if
  /// queries, keys and values are parts of one projection, that is its gradient as it is.
  case attentionGradient(AttentionForm)

  package var name: String {
    switch self {
    case .attention: "attention"
    case .attentionGradient: "attentionGradient"
    }
  }

  package var form: AttentionForm {
    switch self {
    case .attention(let form), .attentionGradient(let form): form
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    guard q.dtype.isFloating, k.dtype == q.dtype, v.dtype == q.dtype else {
      throw TypeMismatch("takes queries, keys and values of one float type, not \(q), \(k) and \(v)")
    }
    guard let sizes = AttentionSizes(q.shape, k.shape), v.shape == k.shape else {
      throw TypeMismatch(
        "takes queries [N, H, T, D], and some keys and values [N, G, S, D] with H a multiple of G, not \(q.shape), "
          + "\(k.shape) and \(v.shape)")
    }
    let (n, h, t, s, d) = (sizes.n, sizes.h, sizes.t, sizes.s, sizes.d)
    var expected: [(String, TensorType)] = []
    if form.hasMask { expected.append(("a mask", TensorType([n, h, t, s], q.dtype))) }
    if form.hasDocuments {
      expected.append(("documents of the queries", TensorType([n, t], .int32)))
      expected.append(("documents of the keys", TensorType([n, s], .int32)))
    }
    if form.dropout != nil {
      expected.append(("a key of random numbers", TensorType([2], .int32)))
      expected.append(("their counter", TensorType([], .int32)))
    }
    if case .attentionGradient = self {
      expected.append(("a gradient", TensorType([n, h, t, d], q.dtype)))
      expected.append(("sums and their normalizers", TensorType([sizes.resultCount], q.dtype)))
      expected.append(("products of them", TensorType([n, t, h], q.dtype)))
    }
    for ((what, type), input) in zip(expected, inputs.dropFirst(3)) where input != type {
      throw TypeMismatch("queries \(q.shape) and keys \(k.shape) need \(what) \(type), not \(input)")
    }
    switch self {
    case .attention: return TensorType([sizes.resultCount], q.dtype)
    case .attentionGradient: return TensorType([sizes.queryCount + 2 * sizes.keyCount], q.dtype)
    }
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    guard let sizes = AttentionSizes(inputs[0].shape, inputs[1].shape) else { return inputs.map { _ in nil } }
    guard case .attention = self else {
      return form.secondGradients(of: inputs, upstream: upstream, sizes)
    }
    let (dy, dNormalizers) = (sizes.sums(in: upstream), sizes.normalizers(in: upstream))
    // Added with a factor: nothing is left of it where the normalizers have no gradient, as usual.
    let products = (sizes.sums(in: y) * dy).sum([3]) + -1 * dNormalizers
    let heads = dy.transposed([0, 2, 1, 3])
    let gradients = Tensor.apply(.attention(.attentionGradient(form)), to: inputs + [heads, y, products])
    var results: [Tensor?] = sizes.gradients(in: gradients)
    if form.hasMask {
      results.append(
        form.weights(of: inputs, normalizers: sizes.normalizers(in: y), sizes)
          .gradientOfScores(heads, products, inputs[2], kept: form.kept(of: inputs, sizes), sizes))
    }
    return results + [Tensor?](repeating: nil, count: inputs.count - results.count)
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int {
    guard let sizes = AttentionSizes(inputs[0].shape, inputs[1].shape) else { return 0 }
    let pairs = flopCount(sizes.n, sizes.h, sizes.pairs(isCausal: form.isCausal))
    // Two products of matrices, or five: scores and their gradient, and the gradients of queries, keys and values. A random number
    // as in Random.
    let others = 5 + (form.dropout == nil ? 0 : 20)
    switch self {
    case .attention: return flopCount(pairs, 4 * sizes.d + others)
    case .attentionGradient: return flopCount(pairs, 10 * sizes.d + others)
    }
  }
}

/// What an attention computes besides its sizes, and which inputs it has.
package struct AttentionForm: Hashable, Sendable {
  /// The factor of the scores.
  package let scale: Double

  /// True if query t has the keys up to t + S − T only: the last query has the last key.
  package let isCausal: Bool

  /// True if the fourth input is added to the scores, `[N, H, T, S]`; an element below `leavesOut` leaves a key out.
  package let hasMask: Bool

  /// True if the next two inputs are int32 numbers of documents `[N, T]` and `[N, S]`: queries have the keys of their own
  /// document only.
  package let hasDocuments: Bool

  /// What is dropped of the weights, by random numbers whose key, int32 `[2]`, and counter, an int32 scalar, are the last two
  /// inputs; nil for nothing.
  package let dropout: Dropout?

  package init(
    scale: Double, isCausal: Bool, hasMask: Bool, hasDocuments: Bool, dropout: Dropout? = nil
  ) {
    (self.scale, self.isCausal, self.hasMask, self.hasDocuments) = (scale, isCausal, hasMask, hasDocuments)
    self.dropout = dropout
  }

  /// The greatest element of a mask that leaves a key out altogether.
  ///
  /// Not −∞, so that no infinity is computed with; below what anybody would add to a score.
  package static let leavesOut = -1e30

  /// The element of a mask for a key that is left out: finite in float32.
  package static let leftOut = -1e38

  /// The place of the mask among the inputs.
  package var maskInput: Int? { hasMask ? 3 : nil }

  /// The place of the queries' documents among the inputs; those of the keys follow.
  package var documentInput: Int? { hasDocuments ? (hasMask ? 4 : 3) : nil }

  /// The place of the random numbers' key among the inputs; their counter follows.
  package var randomInput: Int? { dropout == nil ? nil : inputCount - 2 }

  /// The number of inputs of `attention`; the others of `attentionGradient` follow.
  package var inputCount: Int { 3 + (hasMask ? 1 : 0) + (hasDocuments ? 2 : 0) + (dropout == nil ? 0 : 2) }
}

/// The sizes of an attention, and the places of the parts of its results.
package struct AttentionSizes: Hashable, Sendable {
  package let n: Int, h: Int, g: Int, t: Int, s: Int, d: Int

  /// - Parameters:
  ///   - query: `[N, H, T, D]`.
  ///   - key: `[N, G, S, D]`.
  /// - Returns: nil if they do not fit together.
  package init?(_ query: Shape, _ key: Shape) {
    guard query.rank == 4, key.rank == 4, query[0] == key[0], query[3] == key[3],
      key.count > 0 || query[0] == 0,
      key[1] > 0, query[1].isMultiple(of: key[1])
    else { return nil }
    (n, h, g, t, s, d) = (query[0], query[1], key[1], query[2], key[2], query[3])
  }

  package var queryCount: Int { n * t * h * d }
  package var keyCount: Int { n * s * g * d }
  package var normalizerCount: Int { n * t * h }

  /// True if the gradients of queries, keys and values of a place are next to one another in the result of `attentionGradient`.
  package var hasGradientsTogether: Bool { t == s }

  /// The elements of the result of `attention`.
  package var resultCount: Int { queryCount + normalizerCount }

  /// The number of pairs of a query and a key that it has, of one head.
  package func pairs(isCausal: Bool) -> Int {
    guard isCausal else { return t * s }
    return t <= s ? t * (s - t) + t * (t + 1) / 2 : s * (s + 1) / 2
  }

  /// The weighted sums in a result, or their gradient in that of a result, `[N, T, H, D]`.
  package func sums(in result: Tensor) -> Tensor {
    result.sliced(from: [0], [queryCount]).reshaped([n, t, h, d])
  }

  /// The logarithms of the sums of exponentials, `[N, T, H]`.
  package func normalizers(in result: Tensor) -> Tensor {
    result.sliced(from: [queryCount], [normalizerCount]).reshaped([n, t, h])
  }

  /// The gradients of queries, keys and values in the result of `attentionGradient`, in the shapes of these.
  func gradients(in result: Tensor) -> [Tensor] {
    guard hasGradientsTogether else {
      return [(0, t, h), (queryCount, s, g), (queryCount + keyCount, s, g)].map { start, rows, heads in
        result.sliced(from: [start], [n * rows * heads * d]).reshaped([n, rows, heads, d])
          .transposed([0, 2, 1, 3])
      }
    }
    let together = result.reshaped([n, t, h + 2 * g, d])
    return [(0, h), (h, g), (h + g, g)].map { start, heads in
      together.sliced(from: [0, 0, start, 0], [n, t, heads, d]).transposed([0, 2, 1, 3])
    }
  }

  /// The result of `attentionGradient`, of its parts `[N, H, T, D]` and `[N, G, S, D]`.
  package func gradient(ofQueries dq: Tensor, keys dk: Tensor, values dv: Tensor) -> Tensor {
    let parts = [dq, dk, dv].map { $0.transposed([0, 2, 1, 3]) }
    let count = queryCount + 2 * keyCount
    return hasGradientsTogether
      ? concatenate(parts, axis: 2).reshaped([count])
      : concatenate(parts.map { $0.reshaped([$0.shape.count]) })
  }

  /// Where the gradients of queries, keys and values lie in the result of `attentionGradient`.
  package var gradientRows: (query: GradientRows, key: GradientRows, value: GradientRows) {
    guard hasGradientsTogether else {
      return (
        GradientRows(offset: 0, row: h * d), GradientRows(offset: queryCount, row: g * d),
        GradientRows(offset: queryCount + keyCount, row: g * d)
      )
    }
    let row = (h + 2 * g) * d
    return (
      GradientRows(offset: 0, row: row), GradientRows(offset: h * d, row: row),
      GradientRows(offset: (h + g) * d, row: row)
    )
  }

  /// The place of the first gradient, and the distance from those of a place of the sequence to the next.
  package struct GradientRows: Hashable, Sendable {
    package let offset: Int
    package let row: Int
  }
}

/// Scaled dot-product attention, `[N, H, T, D]`: of each query, the values weighted by how well their keys agree with it.
///
///     y_t = Σ_s p_ts v_s,   p_t = softmax_s(scale · q_t · k_s + mask_ts)
///
/// In one pass over blocks of keys, so that neither scores nor weights are ever stored; the backward pass computes them
/// again. A query without any key gives zeros, and has no gradient.
///
/// - Parameters:
///   - query: `[N, H, T, D]`: N sequences, H heads, T queries of D channels. Views, such as a transposed part of a
///     projection, are read where they are.
///   - key: `[N, G, S, D]`. H is a multiple of G: H / G heads in a row share keys and values (grouped queries).
///   - value: `[N, G, S, D]`.
///   - mask: of a shape that broadcasts to `[N, H, T, S]`: truth values, true for keys that a query has; or float
///     numbers that are added to the scores, of which those below −10³⁰, such as −∞, leave a key out.
///   - isCausal: true if query t has the keys up to t + S − T only. The last query has the last key, as when the queries
///     continue a sequence of which the keys of the first S − T are known. (PyTorch's `is_causal` counts from the first
///     key, which is the same if S is T.)
///   - lengths: int32, int64 or uint8 `[N]`, how many keys of each sequence there are; the others are padding.
///   - documents: int32, int64 or uint8, `[N, T]` and `[N, S]`: queries have only the keys of the document with their
///     own number. For several texts in a row.
///   - dropout: what is dropped of the weights p, and by which random numbers; nil for nothing. A training pass has it
///     (`Pass.attentionDropout`).
///   - scale: 1 / √D if nil.
/// - SeeAlso: Vaswani et al. 2017, "Attention is all you need"; Dao et al. 2022, "FlashAttention"; Ainslie et al. 2023,
///   "GQA".
public func attention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  lengths: Tensor? = nil, documents: (queries: Tensor, keys: Tensor)? = nil,
  dropout: AttentionDropout? = nil, scale: Double? = nil,
  file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  let given = [
    query, key, value, mask, lengths, documents?.queries, documents?.keys, dropout?.key, dropout?.counter,
  ].compactMap { $0 }
  if let invalid = given.first(where: { $0.error != nil }) { return invalid }
  let scale = scale ?? 1 / Double(max(query.shape.dimensions.last ?? 1, 1)).squareRoot()
  func operation(hasMask: Bool, hasDocuments: Bool, dropout: AttentionDropout? = nil) -> Op {
    .attention(
      .attention(
        AttentionForm(
          scale: scale, isCausal: isCausal, hasMask: hasMask, hasDocuments: hasDocuments,
          dropout: dropout.map { AttentionForm.Dropout(rate: $0.rate, stream: $0.stream) })))
  }
  // What is wrong with these is told before anything is made of their shapes.
  let plain = Tensor.apply(
    operation(hasMask: false, hasDocuments: false), to: [query, key, value], at: location)
  guard plain.error == nil, let sizes = AttentionSizes(query.shape, key.shape) else { return plain }
  var inputs = [query, key, value]
  if let mask {
    let full: Shape = [sizes.n, sizes.h, sizes.t, sizes.s]
    guard mask.shape.broadcast(with: full) == full, mask.dtype == .bool || mask.dtype == query.dtype else {
      return .invalid(
        "attention",
        "queries \(query.shape) and keys \(key.shape) take a mask of bool or \(query.dtype) that broadcasts to "
          + "\(full), not \(mask.dtype)\(mask.shape)", at: location)
    }
    let added =
      mask.dtype == .bool
      ? select(mask, Tensor(0, dtype: query.dtype), Tensor(AttentionForm.leftOut, dtype: query.dtype)) : mask
    inputs.append(added.broadcast(to: full))
  }
  if let reason = sizes.refusal(lengths: lengths, documents) ?? dropout.flatMap({ sizes.refusal($0) }) {
    return .invalid("attention", reason, at: location)
  }
  if lengths != nil || documents != nil {
    inputs.append(documents?.queries.indicesInInt32 ?? .full([sizes.n, sizes.t], 0, dtype: .int32))
    var keys = documents?.keys.indicesInInt32 ?? .full([sizes.n, sizes.s], 0, dtype: .int32)
    if let lengths {
      let isThere =
        Tensor.indices(sizes.s).reshaped([1, sizes.s]) .< lengths.indicesInInt32.reshaped([sizes.n, 1])
      keys = select(isThere, keys, Tensor(Double(Int32.min), dtype: .int32))
    }
    inputs.append(keys)
  }
  if let dropout { inputs += [dropout.key, dropout.counter] }
  let result = Tensor.apply(
    operation(hasMask: mask != nil, hasDocuments: lengths != nil || documents != nil, dropout: dropout),
    to: inputs, at: location)
  guard result.error == nil else { return result }
  return sizes.sums(in: result).transposed([0, 2, 1, 3])
}

extension AttentionSizes {
  /// What is wrong with lengths or documents; nil if they fit.
  fileprivate func refusal(lengths: Tensor?, _ documents: (queries: Tensor, keys: Tensor)?) -> String? {
    let whole: Set<DType> = [.int32, .int64, .uint8]
    if let lengths, lengths.shape != [n] || !whole.contains(lengths.dtype) {
      return "\(n) sequences need lengths int32[\(n)], not \(lengths.dtype)\(lengths.shape)"
    }
    if let (queries, keys) = documents,
      queries.shape != [n, t] || keys.shape != [n, s] || !whole.isSuperset(of: [queries.dtype, keys.dtype])
    {
      return
        "\(n) sequences of \(t) queries and \(s) keys need documents int32\([n, t]) and int32\([n, s]), not "
        + "\(queries.dtype)\(queries.shape) and \(keys.dtype)\(keys.shape)"
    }
    return nil
  }
}
