/// What a scan does in a step: results, as expressions of what the step is given.
///
/// Bodies of the same expressions are equal.
package final class ScanBody: Hashable, Sendable {
  /// Stand for what the step before has left.
  package let carries: [State]

  /// Stand for the step's parts of sequences.
  package let slices: [State]

  /// Stand for values that are the same in all steps.
  package let constants: [State]

  /// What the step leaves, of the types of the carries; then its outputs; its terms of sums over all steps; and what else is
  /// kept for the backward pass.
  package let results: [Tensor]
  package let outputParts: Range<Int>
  package let sumParts: Range<Int>
  package let keptParts: Range<Int>

  /// All expressions, inputs first.
  package let nodes: [Node]

  /// The same body that keeps nothing; nil for itself.
  private let plain: ScanBody?

  private let form: Form
  private let formHash: Int

  /// Arithmetic operations of a step.
  package let flops: Int

  /// - Parameter results: depend on the arguments alone.
  private init(
    carries: [State], slices: [State], constants: [State], _ results: [Tensor], outputs: Int, sums: Int,
    plain: ScanBody? = nil
  ) {
    (self.carries, self.slices, self.constants, self.results) = (carries, slices, constants, results)
    outputParts = carries.count..<carries.count + outputs
    sumParts = outputParts.upperBound..<outputParts.upperBound + sums
    keptParts = sumParts.upperBound..<results.count
    nodes = nodesLeading(to: results)
    form = Form(nodes, results, [carries, slices, constants], [carries.count, outputs, sums])
    formHash = form.hashValue
    flops = nodes.reduce(0) {
      min($0 + $1.op.operation.flops(inputs: $1.inputs.map(\.node.type), result: $1.type), 1 << 56)
    }
    self.plain = plain
  }

  package var nextCarries: ArraySlice<Tensor> { results[..<carries.count] }
  package var outputs: ArraySlice<Tensor> { results[outputParts] }
  package var sums: ArraySlice<Tensor> { results[sumParts] }
  package var kept: ArraySlice<Tensor> { results[keptParts] }

  /// The same body, keeping more.
  func keeping(_ more: [Tensor]) -> ScanBody {
    ScanBody(
      carries: carries, slices: slices, constants: constants, results + more, outputs: outputParts.count,
      sums: sumParts.count, plain: plain ?? self)
  }

  /// The same body that keeps nothing.
  package var keepingNothing: ScanBody { plain ?? self }

  package static func == (a: ScanBody, b: ScanBody) -> Bool {
    a === b || (a.formHash == b.formHash && a.form == b.form)
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(formHash) }
}

extension ScanBody {
  /// The structure of a body, without the identities of its arguments.
  private struct Form: Hashable, Sendable {
    enum Work: Hashable, Sendable {
      case argument(kind: Int, index: Int)
      case op(Op)
    }
    let works: [Work]
    let inputs: [[Int]]
    let types: [TensorType]
    let results: [Int]
    let arguments: [[TensorType]]
    let counts: [Int]

    init(_ nodes: [Node], _ results: [Tensor], _ arguments: [[State]], _ counts: [Int]) {
      var places: [State: Work] = [:]
      for (kind, states) in arguments.enumerated() {
        for (index, state) in states.enumerated() { places[state] = .argument(kind: kind, index: index) }
      }
      var index: [Node: Int] = [:]
      for (place, node) in nodes.enumerated() { index[node] = place }
      works = nodes.map { node in node.state.flatMap { places[$0] } ?? .op(node.op) }
      inputs = nodes.map { node in node.inputs.map { index[$0.node] ?? -1 } }
      types = nodes.map(\.type)
      self.results = results.map { index[$0.node] ?? -1 }
      self.arguments = arguments.map { $0.map { TensorType($0.shape, $0.dtype) } }
      self.counts = counts
    }
  }

  /// A layout costs a copy of a matrix, and saves about as much in each step.
  private static let leastStepsOfLayout = 4

  /// The body of results that may depend on values from outside, and those values: they become constants.
  ///
  /// What depends on no argument is computed once, before the scan, but for movements: a body reads through views. Matrices that
  /// products read are laid out once, if there are steps enough for that to pay.
  ///
  /// - Throws: what a step cannot do.
  static func tracing(
    carries: [State], slices: [State], steps: Int, next: [Tensor], outputs: [Tensor], sums: [Tensor] = []
  ) throws(TypeMismatch) -> (body: ScanBody, captured: [Tensor]) {
    var tracing = ScanTracing(arguments: carries + slices, laysMatricesOut: steps >= leastStepsOfLayout)
    let results = try tracing.rebuilt(next + outputs + sums)
    let body = ScanBody(
      carries: carries, slices: slices, constants: tracing.captured.map(\.argument), results,
      outputs: outputs.count, sums: sums.count)
    return (body, tracing.captured.map(\.value))
  }
}

/// Replaces values from outside by arguments.
private struct ScanTracing {
  private let arguments: Set<State>
  private(set) var captured: [(value: Tensor, argument: State)] = []

  private enum Source: Hashable {
    case state(State)
    case node(Node)
  }
  private var places: [Source: Int] = [:]

  /// What stands for each node in the body.
  private var inside: [Node: Tensor] = [:]

  private let laysMatricesOut: Bool

  init(arguments: [State], laysMatricesOut: Bool) {
    (self.arguments, self.laysMatricesOut) = (Set(arguments), laysMatricesOut)
  }

  mutating func rebuilt(_ results: [Tensor]) throws(TypeMismatch) -> [Tensor] {
    var dependent: Set<Node> = []
    for node in nodesLeading(to: results) {
      if let state = node.state, arguments.contains(state) {
        dependent.insert(node)
        inside[node] = Tensor(node: node)
      }
      guard node.inputs.contains(where: { dependent.contains($0.node) }) else { continue }
      if case .scan = node.op {
        throw TypeMismatch(
          "a step has a scan within: compute that one outside, or write its steps out in the body")
      }
      dependent.insert(node)
      let isProduct = if case .matmul = node.op { true } else { false }
      let inputs = node.inputs.map { isProduct && laysMatricesOut ? matrix($0) : value(of: $0) }
      inside[node] =
        zip(inputs, node.inputs).allSatisfy { $0.node === $1.node }
        ? Tensor(node: node) : node.rebuilt(on: inputs)
    }
    return results.map { value(of: $0) }
  }

  /// A factor of a product, if it is the same in all steps as a matrix whose rows are contiguous.
  ///
  /// Rows a multiple of 1 KiB apart share a few sets of a processor's cache, so that products would copy them in each step:
  /// they are moved apart by a line.
  private mutating func matrix(_ tensor: Tensor) -> Tensor {
    guard inside[tensor.node] == nil, tensor.rank == 2, tensor.shape.count > 0 else {
      return value(of: tensor)
    }
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let line = 64 / tensor.dtype.byteCount
    let isApart = rows == 1 || !(columns * tensor.dtype.byteCount).isMultiple(of: 1024)
    let laidOut = isApart ? tensor : tensor.padded(before: [0, 0], after: [0, line])
    let argument = captured(laidOut)
    let matrix = isApart ? argument : argument.sliced(from: [0, 0], [rows, columns])
    inside[tensor.node] = matrix
    return matrix
  }

  private mutating func captured(_ tensor: Tensor) -> Tensor {
    let source = tensor.node.state.map { Source.state($0) } ?? .node(tensor.node)
    let place = places[source] ?? captured.count
    if place == captured.count {
      captured.append((tensor, State(argument: "constant \(place)", tensor.node.type)))
      places[source] = place
    }
    return captured[place].argument.value
  }

  private mutating func value(of tensor: Tensor) -> Tensor {
    if let known = inside[tensor.node] { return known }
    let node = tensor.node
    switch node.op {
    case .source(.scalar): return tensor
    case .movement(let movement) where movement != .gather:
      let input = value(of: node.inputs[0])
      let moved = input.node === node.inputs[0].node ? tensor : node.rebuilt(on: [input])
      inside[node] = moved
      return moved
    default:
      let argument = captured(tensor)
      inside[node] = argument
      return argument
    }
  }
}

extension Node {
  /// The state that it reads; nil for all else.
  var state: State? { if case .source(.state(let state)) = op { state } else { nil } }

  /// The same operation of the same layer on other inputs of the same types.
  func rebuilt(on inputs: [Tensor]) -> Tensor {
    LayerPath.$current.withValue(layerPath) { .apply(op, to: inputs, at: location) }
  }
}
