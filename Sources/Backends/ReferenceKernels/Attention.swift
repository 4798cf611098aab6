import Programs
import Tensors

import Glibc

extension Reference {
  /// Attention or its gradient, with the scores of one query at a time.
  static func attention<Scalar: ReferenceScalar>(
    _ kernel: AttentionKernel, _: Scalar.Type, _ inputs: [BufferView], _ y: BufferView
  ) -> Work {
    let z = kernel.sizes
    let rows = AttentionRows<Scalar>(kernel, inputs)
    let y = y.pointer(to: Scalar.self)
    guard kernel.isGradient else {
      return Work(extent: z.n * z.h * z.t, grain: grain(4 * z.s * z.d)) { range in
        for index in range { rows.sum(of: AttentionRows<Scalar>.Place(index, z), to: y) }
      }
    }
    // A group's keys and values get gradients from all of its heads, in their order.
    return Work(extent: z.n * z.g, grain: grain(10 * z.h / max(z.g, 1) * z.t * z.s * z.d)) { range in
      for index in range { rows.gradients(ofGroup: index % z.g, of: index / z.g, to: y) }
    }
  }
}

/// The inputs of an attention, row by row.
private struct AttentionRows<Scalar: ReferenceScalar> {
  /// A query.
  struct Place {
    let n: Int, h: Int, t: Int

    init(n: Int, h: Int, t: Int) { (self.n, self.h, self.t) = (n, h, t) }

    init(_ index: Int, _ sizes: AttentionSizes) {
      self.init(n: index / (sizes.t * sizes.h), h: index / sizes.t % sizes.h, t: index % sizes.t)
    }
  }

  private let kernel: AttentionKernel
  private let inputs: [BufferView]

  init(_ kernel: AttentionKernel, _ inputs: [BufferView]) { (self.kernel, self.inputs) = (kernel, inputs) }

  private var sizes: AttentionSizes { kernel.sizes }
  private func group(of h: Int) -> Int { h / (sizes.h / sizes.g) }

  private func row(_ input: Int, _ rows: AttentionKernel.Rows, _ n: Int, _ head: Int, _ t: Int)
    -> UnsafeMutablePointer<Scalar>
  {
    inputs[input].pointer(to: Scalar.self) + rows.offset + n * rows.image + head * rows.head + t * rows.row
  }

  private func query(_ at: Place) -> UnsafeMutablePointer<Scalar> { row(0, kernel.query, at.n, at.h, at.t) }
  private func key(_ n: Int, _ g: Int, _ s: Int) -> UnsafeMutablePointer<Scalar> {
    row(1, kernel.key, n, g, s)
  }
  private func value(_ n: Int, _ g: Int, _ s: Int) -> UnsafeMutablePointer<Scalar> {
    row(2, kernel.value, n, g, s)
  }

  private func product(_ a: UnsafeMutablePointer<Scalar>, _ b: UnsafeMutablePointer<Scalar>) -> Double {
    (0..<sizes.d).reduce(0) { $0 + a[$1].number * b[$1].number }
  }

  /// The score of a key; nil for one that the query has not.
  private func score(_ at: Place, _ s: Int) -> Double? {
    guard s < kernel.end(ofQuery: at.t) else { return nil }
    var added = 0.0
    if let mask = kernel.mask, let input = kernel.form.maskInput {
      added = row(input, mask.rows, at.n, at.h, at.t)[s * mask.column].number
      if added <= AttentionForm.leavesOut { return nil }
    }
    if let input = kernel.form.documentInput {
      let (ofQuery, ofKey) = (
        inputs[input].pointer(to: Int32.self), inputs[input + 1].pointer(to: Int32.self)
      )
      guard ofQuery[at.n * sizes.t + at.t] == ofKey[at.n * sizes.s + s] else { return nil }
    }
    return kernel.form.scale * product(query(at), key(at.n, group(of: at.h), s)) + added
  }

  /// The factor of a key's weight by dropout.
  private func kept(_ at: Place, _ s: Int) -> Double {
    guard let dropout = kernel.form.dropout, let input = kernel.form.randomInput else { return 1 }
    let key = inputs[input].pointer(to: Int32.self)
    let philox = Philox(
      key: [UInt32(bitPattern: key[0]), UInt32(bitPattern: key[1])],
      counter: UInt32(bitPattern: inputs[input + 1].pointer(to: Int32.self)[0]), stream: dropout.stream)
    let row = (at.n * sizes.h + at.h) * sizes.t + at.t
    let word = philox.words(block: UInt32(row * sizes.quadruples + s / 4))[s % 4]
    return word >> 8 < dropout.droppedBelow ? 0 : dropout.kept
  }

  private func place(inSums at: Place) -> Int { (at.n * sizes.t + at.t) * sizes.h + at.h }

  /// The weighted sum of a query's values, and its normalizer; zeros if it has no key.
  func sum(of at: Place, to y: UnsafeMutablePointer<Scalar>) {
    let scores = (0..<sizes.s).map { score(at, $0) }
    // Reduced so that a score that is no number makes all no numbers.
    let greatest = scores.reduce(-Double.infinity) { most, next in next.map { $0 < most ? most : $0 } ?? most
    }
    var total = 0.0
    var sum = [Double](repeating: 0, count: sizes.d)
    for (s, score) in scores.enumerated() {
      guard let score else { continue }
      let power = exp(score - greatest)
      total += power
      let (value, kept) = (value(at.n, group(of: at.h), s), kept(at, s))
      for c in 0..<sizes.d { sum[c] += power * kept * value[c].number }
    }
    let isThere = scores.contains { $0 != nil }
    let index = place(inSums: at)
    for c in 0..<sizes.d { y[index * sizes.d + c] = isThere ? Scalar(sum[c] / total) : Scalar(0) }
    y[sizes.queryCount + index] = isThere ? Scalar(greatest + log(total)) : Scalar(0)
  }

  /// The gradients of a group's keys and values, and of the queries of its heads.
  func gradients(ofGroup g: Int, of n: Int, to y: UnsafeMutablePointer<Scalar>) {
    guard let upstream = kernel.upstream else { return }
    let (d, rows) = (sizes.d, sizes.gradientRows)
    let normalizers = inputs[kernel.form.inputCount + 1].pointer(to: Scalar.self) + sizes.queryCount
    let products = inputs[kernel.form.inputCount + 2].pointer(to: Scalar.self)
    var (dKey, dValue) = (
      [Double](repeating: 0, count: sizes.s * d), [Double](repeating: 0, count: sizes.s * d)
    )
    let shared = sizes.h / sizes.g
    for h in g * shared..<(g + 1) * shared {
      for t in 0..<sizes.t {
        let at = Place(n: n, h: h, t: t)
        let index = place(inSums: at)
        let (dy, query) = (row(kernel.form.inputCount, upstream, n, h, t), query(at))
        var dQuery = [Double](repeating: 0, count: d)
        for s in 0..<sizes.s {
          guard let score = score(at, s) else { continue }
          let (key, value, kept) = (key(n, g, s), value(n, g, s), kept(at, s))
          let weight = exp(score - normalizers[index].number)
          let dScore =
            kernel.form.scale * weight * (kept * product(dy, value) - products[index].number)
          for c in 0..<d {
            dQuery[c] += dScore * key[c].number
            dKey[s * d + c] += dScore * query[c].number
            dValue[s * d + c] += weight * kept * dy[c].number
          }
        }
        let place = rows.query.offset + (n * sizes.t + t) * rows.query.row + h * d
        for c in 0..<d { y[place + c] = Scalar(dQuery[c]) }
      }
    }
    for s in 0..<sizes.s {
      let (key, value) = (
        rows.key.offset + (n * sizes.s + s) * rows.key.row + g * d,
        rows.value.offset + (n * sizes.s + s) * rows.value.row + g * d
      )
      for c in 0..<d {
        y[key + c] = Scalar(dKey[s * d + c])
        y[value + c] = Scalar(dValue[s * d + c])
      }
    }
  }
}
