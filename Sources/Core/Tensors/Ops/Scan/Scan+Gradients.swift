extension Scan {
  /// A scan in the other direction, whose step is the vector-Jacobian product of this one's.
  ///
  /// Its carries are the gradients of the carries. What products have made is kept by the forward scan; other
  /// intermediates are computed again. The gradients of constants are sums over all steps: products of matrices become one
  /// product for all steps, after the scan.
  package func gradients(of y: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    do throws(TypeMismatch) {
      return try ScanGradient(self, y, inputs, upstream).gradients()
    } catch {
      let error = Tensor.invalid(name, error.reason)
      return inputs.map { _ in error }
    }
  }
}

/// The gradient of one scan.
private struct ScanGradient {
  private let scan: Scan
  private let inputs: [Tensor]
  private let upstream: Tensor
  private var body: ScanBody { scan.body }

  /// The scan that keeps what the backward one needs, and its result.
  private let kept: Scan
  private let result: Tensor

  /// The slices that the backward scan may read.
  private var slices: [Slice] = []

  /// Gradients with respect to carries, slices and constants, as expressions of a step.
  private let carryGradients: [Tensor]
  private let sliceGradients: [Tensor?]
  private let constantGradients: [Tensor?]
  private let carries: [State]

  fileprivate struct Slice {
    let argument: State
    let source: ScanSlice
    /// As many as the source has.
    let tensors: [Tensor]
  }

  init(_ scan: Scan, _ y: Tensor, _ inputs: [Tensor], _ upstream: Tensor) {
    (self.scan, self.inputs, self.upstream) = (scan, inputs, upstream)
    let (body, layout) = (scan.body, scan.layout)
    carries = body.carries.map { State(argument: "gradient of \($0.name)", TensorType($0.shape, $0.dtype)) }
    var outputs: [(value: Tensor, upstream: Tensor)] = zip(body.nextCarries, carries).map { ($0, $1.value) }
    for (index, part) in layout.parts.enumerated() {
      guard let given = upstream.block(from: part.offset, part.count) else { continue }
      if body.sumParts.contains(index) {
        // The same in each step.
        outputs.append(
          (body.results[index], given.sliced(from: [0], [part.type.shape.count]).reshaped(part.type.shape)))
        continue
      }
      let argument = State(argument: "upstream \(index)", part.type)
      slices.append(
        Slice(argument: argument, source: .row, tensors: [given.reshaped([part.rows, part.stride])]))
      outputs.append((body.results[index], argument.value))
    }
    let targets = (body.carries + body.slices + body.constants).filter(\.dtype.isFloating)
    let found = Tensors.gradients(of: outputs, at: targets.map(\.value))
    let products = body.products(in: found)
    kept =
      products.isEmpty
      ? scan
      : Scan(
        body.keeping(products), steps: scan.steps, isReversed: scan.isReversed, slices: scan.slices)
    result = products.isEmpty ? y : .apply(.scan(kept), to: inputs)
    // What is in memory is not computed again.
    var known: [Node: Tensor] = [:]
    for (index, part) in kept.layout.parts.enumerated() where !body.sumParts.contains(index) {
      let node = kept.body.results[index].node
      guard known[node] == nil, !node.inputs.isEmpty else { continue }
      let argument = State(argument: "result \(index)", part.type)
      slices.append(Slice(argument: argument, source: .row, tensors: [part.rows(in: result)]))
      known[node] = argument.value
    }
    var gradients: [State: Tensor] = [:]
    for (target, gradient) in zip(targets, found.replacing { known[$0] }) {
      gradients[target] = gradient.isZero ? nil : gradient
    }
    carryGradients = body.carries.map {
      gradients[$0] ?? .full($0.shape, 0, dtype: $0.dtype)
    }
    sliceGradients = body.slices.map { gradients[$0] }
    constantGradients = body.constants.map { gradients[$0] }
    for (index, argument) in body.carries.enumerated() {
      slices.append(
        Slice(
          argument: argument, source: .previous(isReversed: scan.isReversed),
          tensors: [inputs[index], kept.layout.parts[index].rows(in: result)]))
    }
    for (argument, (source, first)) in zip(body.slices, zip(scan.slices, scan.sliceInputs)) {
      slices.append(
        Slice(
          argument: argument, source: source, tensors: Array(inputs[first..<first + source.inputCount])))
    }
  }

  func gradients() throws(TypeMismatch) -> [Tensor?] {
    var totals = ScanTotals(slices, body.carries.first?.dtype ?? body.results[0].dtype, scan.steps)
    let outputs = sliceGradients.map { $0.map { totals.output($0) } }
    // Sums of what products need anyway come after these.
    var sums: [Int: (ScanTotals.Results) -> Tensor] = [:]
    let order = constantGradients.indices.sorted {
      (constantGradients[$0].isSumOfProducts ? 0 : 1, $0) < (
        constantGradients[$1].isSumOfProducts ? 0 : 1, $1
      )
    }
    for index in order {
      guard let gradient = constantGradients[index] else { continue }
      let total = totals.total(of: gradient)
      let dtype = body.constants[index].dtype
      sums[index] = { dtype == gradient.dtype ? total($0) : total($0).cast(to: dtype) }
    }
    // What is made of constants alone is the same in all steps: it is not of the steps any more.
    let constants = Dictionary(
      uniqueKeysWithValues: body.constants.enumerated().map { ($1, inputs[scan.constantInput + $0]) })
    let made = (carryGradients + totals.outputs + totals.sums).replacing {
      $0.state.flatMap { constants[$0] }
    }
    let used = Set(nodesLeading(to: made).compactMap(\.state))
    let slices = slices.filter { used.contains($0.argument) }
    let outputCount = totals.outputs.count
    let (backward, captured) = try ScanBody.tracing(
      carries: carries, slices: slices.map(\.argument), steps: scan.steps,
      next: Array(made[..<carries.count]), outputs: Array(made[carries.count...].prefix(outputCount)),
      sums: Array(made[(carries.count + outputCount)...]))
    let operation = Scan(
      backward, steps: scan.steps, isReversed: !scan.isReversed, slices: slices.map(\.source))
    let result = Tensor.apply(
      .scan(operation),
      to: carries.map { .full($0.shape, 0, dtype: $0.dtype) } + slices.flatMap(\.tensors) + captured
        + totals.sums.map { .full($0.shape, 0, dtype: $0.dtype) })
    guard result.error == nil else { return inputs.map { _ in result } }
    let layout = operation.layout
    let last = operation.slice(ofStep: scan.steps - 1)
    let initial = layout.parts[..<carries.count].map { part in
      result.sliced(from: [part.offset + last * part.stride], [part.type.shape.count]).reshaped(
        part.type.shape)
    }
    let results = ScanTotals.Results(
      outputs: layout.parts[backward.outputParts].map { $0.values(in: result) },
      sums: layout.parts[backward.sumParts].map { $0.values(in: result).reshaped($0.type.shape) })
    var gradients: [Tensor?] = initial
    for (index, source) in scan.slices.enumerated() {
      let found = outputs[index].map { output in
        source.gradients(results.outputs[output].cast(toTypeOf: body.slices[index]), scan.steps)
      }
      gradients += found ?? Array(repeating: nil, count: source.inputCount)
    }
    gradients += constantGradients.indices.map { sums[$0]?(results) }
    return gradients + body.sums.map { _ in nil }
  }
}

extension ScanSlice {
  /// The gradients of its tensors, from those of its values in each step, `[T] + shape`.
  fileprivate func gradients(_ values: Tensor, _ steps: Int) -> [Tensor?] {
    guard case .previous(let isReversed) = self else { return [values.asRows()] }
    let rows = values.asRows()
    let shape = Shape(Array(values.shape.dimensions.dropFirst()))
    let first = values.rows(from: isReversed ? steps - 1 : 0, 1).reshaped(shape)
    let rest = rows.rows(from: isReversed ? 0 : 1, steps - 1)
    return [first, rest.padded(before: [isReversed ? 1 : 0, 0], after: [isReversed ? 0 : 1, 0])]
  }
}

extension ScanBody {
  /// What products in the body have made, as far as its gradients read it: to be kept, since it is expensive.
  ///
  /// Where all that is done with a product is adding something, the sum is kept instead.
  fileprivate func products(in gradients: [Tensor]) -> [Tensor] {
    let own = Set(nodes)
    var readers: [Node: [Node]] = [:]
    for node in nodes { for input in node.inputs { readers[input.node, default: []].append(node) } }
    let stored = Set(results.map(\.node))
    var found: [Tensor] = []
    for node in nodesLeading(to: gradients) where own.contains(node) {
      switch node.op {
      case .matmul, .convolution, .attention: break
      default: continue
      }
      var last = node
      while let reader = readers[last], reader.count == 1, case .pointwise(.add) = reader[0].op,
        !stored.contains(last)
      {
        last = reader[0]
      }
      guard !stored.contains(last), last.type.dtype == results[0].dtype,
        !found.contains(where: { $0.node === last })
      else { continue }
      found.append(Tensor(node: last))
    }
    return found
  }
}

extension [Tensor] {
  /// The same expressions on other values of some nodes.
  fileprivate func replacing(_ known: (Node) -> Tensor?) -> [Tensor] {
    var rebuilt: [Node: Tensor] = [:]
    for node in nodesLeading(to: self) {
      if let value = known(node) {
        rebuilt[node] = value
        continue
      }
      guard node.inputs.contains(where: { rebuilt[$0.node] != nil }) else { continue }
      rebuilt[node] = node.rebuilt(on: node.inputs.map { rebuilt[$0.node] ?? $0 })
    }
    return map { rebuilt[$0.node] ?? $0 }
  }
}

extension Optional<Tensor> {
  /// True for a product of matrices, perhaps moved or added to others.
  fileprivate var isSumOfProducts: Bool {
    guard let self else { return false }
    switch self.node.op {
    case .matmul: return true
    case .movement(.reshape), .movement(.transpose), .movement(.pad):
      return Optional(self.node.inputs[0]).isSumOfProducts
    default: return false
    }
  }
}

extension Tensor {
  /// True for a tensor of zeros that is none but by its shape.
  fileprivate var isZero: Bool {
    switch node.op {
    case .source(.scalar(let number, _)): number == 0
    case .movement(.broadcast), .movement(.reshape): node.inputs[0].isZero
    default: false
    }
  }

  /// A matrix of which this one is the transpose.
  fileprivate var transposedBack: Tensor {
    if case .movement(.transpose([1, 0])) = node.op { node.inputs[0] } else { transposed() }
  }

  fileprivate func cast(toTypeOf state: State) -> Tensor {
    dtype == state.dtype ? self : cast(to: state.dtype)
  }

  /// Some rows.
  fileprivate func rows(from start: Int, _ count: Int) -> Tensor {
    sliced(
      from: [start] + [Int](repeating: 0, count: rank - 1), Shape([count] + shape.dimensions.dropFirst()))
  }

  /// A part of a vector; nil where it is zero.
  ///
  /// Looks through sums of padded vectors, as the gradient of a vector is of which parts are used: what is not of this part is
  /// not added to it.
  fileprivate func block(from start: Int, _ count: Int) -> Tensor? {
    if isZero { return nil }
    switch node.op {
    case .pointwise(.add):
      let (a, b) = (node.inputs[0].block(from: start, count), node.inputs[1].block(from: start, count))
      guard let a, let b else { return a ?? b }
      return a + b
    case .movement(.pad(let before, _)):
      let own = before[0]..<before[0] + node.inputs[0].shape[0]
      if own.upperBound <= start || start + count <= own.lowerBound { return nil }
      if own.lowerBound <= start, start + count <= own.upperBound {
        return node.inputs[0].block(from: start - own.lowerBound, count)
      }
      return sliced(from: [start], [count])
    default: return sliced(from: [start], [count])
    }
  }
}

/// Sums over all steps of a scan: which of a step's values they need, and what they are of those.
///
/// A product of matrices, added up over steps, is one product of the matrices of all steps side by side.
private struct ScanTotals {
  struct Results {
    /// `[T] + shape`.
    let outputs: [Tensor]
    let sums: [Tensor]
  }

  private(set) var outputs: [Tensor] = []
  private(set) var sums: [Tensor] = []
  private let slices: [State: ScanGradient.Slice]
  private let dtype: DType
  private let steps: Int

  init(_ slices: [ScanGradient.Slice], _ dtype: DType, _ steps: Int) {
    self.slices = Dictionary(slices.map { ($0.argument, $0) }) { first, _ in first }
    (self.dtype, self.steps) = (dtype, steps)
  }

  /// The index of a value among the outputs.
  mutating func output(_ value: Tensor) -> Int {
    if let known = outputs.firstIndex(where: { $0.node === value.node }) { return known }
    outputs.append(value.dtype == dtype ? value : value.cast(to: dtype))
    return outputs.count - 1
  }

  mutating func total(of term: Tensor) -> (Results) -> Tensor {
    let node = term.node
    switch node.op {
    case .matmul(let product):
      let (a, b) = (stack(of: node.inputs[0].transposedBack), stack(of: node.inputs[1]))
      let steps = steps
      return { results in
        let parts = a.parts(with: b, results, steps)
        return parts.dropFirst().reduce(parts[0].product(product.precision)) {
          $0 + $1.product(product.precision)
        }
      }
    case .movement(.reshape), .movement(.transpose), .movement(.pad):
      let total = total(of: node.inputs[0])
      return { .apply(node.op, to: [total($0)]) }
    case .reduction(let reduction)
    where reduction.kind == .sum && outputs.contains { $0.node === node.inputs[0].node }:
      let index = output(node.inputs[0])
      return { results in results.outputs[index].sum([0] + reduction.axes.map { $0 + 1 }) }
    default:
      sums.append(term.dtype == dtype ? term : term.cast(to: dtype))
      let index = sums.count - 1
      return { $0.sums[index] }
    }
  }

  private mutating func stack(of value: Tensor) -> MatrixStack {
    if let state = value.node.state, let slice = slices[state] {
      let shape = state.shape
      switch slice.source {
      case .row:
        let values = slice.tensors[0].withoutPadding(shape)
        return .whole { _ in values }
      case .previous(let isReversed):
        return .previous(
          first: slice.tensors[0].reshaped(Shape([1] + shape.dimensions)),
          rest: slice.tensors[1].withoutPadding(shape).rows(from: isReversed ? 1 : 0, steps - 1),
          isReversed: isReversed)
      }
    }
    let index = output(value)
    return .whole { $0.outputs[index] }
  }
}

/// A matrix of each step, `[T, K, M]`.
private enum MatrixStack {
  case whole((ScanTotals.Results) -> Tensor)

  /// That of one step lies elsewhere: of the first, or the last of a reversed scan.
  case previous(first: Tensor, rest: Tensor, isReversed: Bool)

  /// Pairs of stacks of the same steps, which make up all steps.
  func parts(with other: MatrixStack, _ results: ScanTotals.Results, _ steps: Int) -> [StackPair] {
    let isReversed: Bool
    switch (self, other) {
    case (.whole(let a), .whole(let b)): return [StackPair(a: a(results), b: b(results))]
    case (.previous(_, _, let mine), .previous(_, _, let others)) where mine != others:
      return [StackPair(a: joined(results), b: other.joined(results))]
    case (.previous(_, _, let reversed), _), (_, .previous(_, _, let reversed)): isReversed = reversed
    }
    let (a, b) = (split(isReversed, results, steps), other.split(isReversed, results, steps))
    let first = StackPair(a: a.first, b: b.first)
    guard steps > 1 else { return [first] }
    let rest = StackPair(a: a.rest, b: b.rest)
    // Where a scan begins with zeros, its first step adds nothing.
    return a.first.isZero || b.first.isZero ? [rest] : [first, rest]
  }

  private func split(
    _ isReversed: Bool, _ results: ScanTotals.Results, _ steps: Int
  ) -> (first: Tensor, rest: Tensor) {
    switch self {
    case .whole(let stack):
      let values = stack(results)
      return (
        values.rows(from: isReversed ? steps - 1 : 0, 1),
        values.rows(from: isReversed ? 0 : 1, steps - 1)
      )
    case .previous(let first, let rest, _): return (first, rest)
    }
  }

  private func joined(_ results: ScanTotals.Results) -> Tensor {
    switch self {
    case .whole(let stack): stack(results)
    case .previous(let first, let rest, let isReversed):
      concatenate(isReversed ? [rest, first] : [first, rest])
    }
  }
}

/// Matrices of the same steps, `[T, K, M]` and `[T, K, N]`.
private struct StackPair {
  let a: Tensor
  let b: Tensor

  /// Σ_t a_tᵀ b_t: the steps are part of the depth.
  func product(_ precision: Precision) -> Tensor {
    let depth = a.shape[0] * a.shape[1]
    return matmul(
      a.reshaped([depth, a.shape[2]]).transposed(), b.reshaped([depth, b.shape[2]]), precision: precision)
  }
}
