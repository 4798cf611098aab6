import Tensors

/// Bounds of scans: each step's bounds follow from those of what it is given, in a scan of values and their bounds.
extension RoundingError {
  static func error(of scan: Scan, _ y: Tensor, _ x: [BoundedValue]) -> Tensor? {
    let body = scan.body
    let carries = Array(x[..<body.carries.count])
    let slices = zip(scan.slices, scan.sliceInputs).map { source, first in
      sequence(source, Array(x[first..<first + source.inputCount]), scan.steps)
    }
    let shapes = body.slices.map(\.shape)
    let constants = Dictionary(
      uniqueKeysWithValues: zip(body.constants, x[scan.constantInput...]))
    let sums = body.sums.map { BoundedValue(.full($0.shape, 0), error: .full($0.shape, 0)) }
    let results = Tensors.scan(
      (carries + sums).flatMap { [$0.value, $0.errors] },
      over: slices.flatMap { [$0.value, $0.errors] }, steps: scan.steps, reversed: scan.isReversed
    ) { given, rows in
      var known: [State: BoundedValue] = constants
      for (index, state) in body.carries.enumerated() {
        known[state] = BoundedValue(given[2 * index], error: given[2 * index + 1])
      }
      for (index, state) in body.slices.enumerated() {
        known[state] = BoundedValue(
          rows[2 * index].sliced(from: [0], [shapes[index].count]).reshaped(shapes[index]),
          error: rows[2 * index + 1].sliced(from: [0], [shapes[index].count]).reshaped(shapes[index]))
      }
      let values = evaluate(body, known)
      let made = body.results.indices.filter { !body.sumParts.contains($0) }.map { values[$0] }
      let totals = body.sumParts.enumerated().map { place, index in
        let before = 2 * (carries.count + place)
        return result(
          of: .pointwise(.add), [BoundedValue(given[before], error: given[before + 1]), values[index]])
      }
      return (
        carry: (made[..<carries.count] + totals).flatMap { [$0.value, $0.errors] },
        outputs: made.map(\.errors)
      )
    }
    // In the layout of the result, without an error where rows end.
    var outputs = results.outputs.makeIterator()
    var totals = results.carry.dropFirst(2 * carries.count).makeIterator()
    let parts = scan.layout.parts.enumerated().map { index, part -> Tensor in
      let rows: Tensor?
      if body.sumParts.contains(index) {
        _ = totals.next()
        rows = totals.next()?.reshaped([1, part.type.shape.count])
      } else {
        rows = outputs.next()?.reshaped([part.rows, part.type.shape.count])
      }
      return (rows ?? .full([part.rows, part.type.shape.count], 0))
        .padded(before: [0, 0], after: [0, part.stride - part.type.shape.count]).reshaped([part.count])
    }
    return concatenate(parts)
  }

  /// The rows that the steps read, `[T, stride]`.
  private static func sequence(_ source: ScanSlice, _ x: [BoundedValue], _ steps: Int) -> BoundedValue {
    guard case .previous(let isReversed) = source else { return x[0] }
    func shifted(_ first: Tensor, _ rest: Tensor) -> Tensor {
      let stride = rest.shape[1]
      let row = first.reshaped([1, first.shape.count])
        .padded(before: [0, 0], after: [0, stride - first.shape.count])
      let others = rest.sliced(from: [isReversed ? 1 : 0, 0], [steps - 1, stride])
      return concatenate(isReversed ? [others, row] : [row, others])
    }
    return BoundedValue(
      shifted(x[0].value, x[1].value), error: shifted(x[0].errors, x[1].errors))
  }

  /// The results of a step, with their bounds.
  private static func evaluate(_ body: ScanBody, _ known: [State: BoundedValue]) -> [BoundedValue] {
    var values: [Node: BoundedValue] = [:]
    for node in body.nodes {
      if case .source(.state(let state)) = node.op {
        values[node] = known[state]
      } else if node.inputs.isEmpty {
        values[node] = BoundedValue(Tensor(node: node))
      } else {
        values[node] = result(of: node.op, node.inputs.compactMap { values[$0.node] })
      }
    }
    return body.results.compactMap { values[$0.node] }
  }
}
