import Tensors

/// View folding: the graph without movements.
///
/// The remaining nodes compute something or read memory, and read their inputs through views.
struct ViewFolding {
  enum Work: Hashable {
    case source(Source)
    /// An alias of the first input, whose readers depend on the second (control dependency).
    case after
    /// Nil is a copy.
    case pointwise(Pointwise?)
    case other(Op)
  }

  enum Operand: Hashable {
    case literal(Double, DType, Shape)
    case read(Int, View)
  }

  struct Node {
    let work: Work
    let inputs: [Operand]
    let type: TensorType
    let layerPath: String

    /// The image layout of a convolution or pooling.
    var layout = ImageLayout.channelsFirst

    /// The graph value it stands for.
    var origin: Origin?

    var isPointwise: Bool { if case .pointwise = work { true } else { false } }

    /// True if it has no memory of its own.
    fileprivate var isElsewhere: Bool {
      switch work {
      case .source, .after: true
      case .pointwise, .other: false
      }
    }
  }

  /// Topological order: inputs before their readers.
  private(set) var nodes: [Node] = []

  /// The nodes that hold the graph's roots, whole and contiguous.
  private(set) var roots: [Int] = []

  private var copies: [Operand: Int] = [:]

  /// How often each rewrite was applied.
  private(set) var counts: [Rewrite: Int] = [:]

  /// A root that is a state or a constant becomes a copy: the program may change a state before it is read.
  ///
  /// - Parameter rewrites: of these, the ones that are made meanwhile: `foldConstants` and `joinParts`.
  init(_ graph: Graph, by rewrites: Set<Rewrite> = Rewrite.ofLowering) {
    for rewrite in [Rewrite.foldConstants, .joinParts] where rewrites.contains(rewrite) {
      counts[rewrite] = 0
    }
    var operands: [Operand] = []
    for entry in graph.entries {
      operands.append(resolve(entry, operands, origins: entry.inputs.map { graph.entries[$0].origin }))
    }
    for root in graph.roots {
      let origin = graph.entries[root].origin
      let node = materialized(operands[root], "", origin)
      if nodes[node].isElsewhere {
        roots.append(copy(.read(node, View(of: nodes[node].type.shape)), "", origin))
      } else {
        roots.append(node)
      }
    }
  }

  /// - Parameter origins: of the entry's inputs.
  private mutating func resolve(_ entry: Graph.Entry, _ operands: [Operand], origins: [Origin?]) -> Operand {
    let inputs = entry.inputs.map { operands[$0] }
    switch entry.op {
    case .source(.scalar(let number, let dtype)):
      return .literal(number, dtype, [])
    case .source(let source):
      return append(.source(source), [], entry)
    case .pointwise(let operation):
      if let count = counts[.foldConstants], let folded = operation.folded(inputs, entry.type) {
        counts[.foldConstants] = count + 1
        return folded
      }
      if let count = counts[.joinParts], let whole = operation.joined(inputs) {
        counts[.joinParts] = count + 1
        return whole
      }
      return append(.pointwise(operation), inputs, entry)
    case .movement(let movement) where movement != .gather:
      return moved(inputs[0], movement, entry, origins[0])
    case .matmul:
      return append(.other(entry.op), zip(inputs, origins).map { matrix($0, entry.layerPath, $1) }, entry)
    case .attention(let operation):
      let read = inputs.indices.map { index in
        if operation.takesViews(ofInput: index), case .read(_, let view) = inputs[index],
          AttentionKernel.canRead(view, isMask: index == operation.form.maskInput)
        {
          return inputs[index]
        }
        return whole(inputs[index], entry.layerPath, origins[index])
      }
      return append(.other(entry.op), read, entry)
    case .scan:
      let read = inputs.indices.map { index in
        if case .read(let node, let view) = inputs[index], ScanKernel.canRead(view, nodes[node].type.dtype) {
          return inputs[index]
        }
        return whole(inputs[index], entry.layerPath, origins[index])
      }
      return append(.other(entry.op), read, entry)
    case .movement, .reduction, .convolution, .pooling, .random, .loss, .update:
      return append(.other(entry.op), zip(inputs, origins).map { whole($0, entry.layerPath, $1) }, entry)
    // A sum over one rank is its value.
    case .gradientRule, .sumOverRanks:
      return inputs[0]
    case .controlDependency:
      // A literal is available from the start.
      guard case .read = inputs[1] else { return inputs[0] }
      return append(.after, [whole(inputs[0], entry.layerPath, origins[0]), inputs[1]], entry)
    case .invalid(let error):
      preconditionFailure("an invalid tensor reached lowering: \(error)")
    }
  }

  private mutating func append(_ work: Work, _ inputs: [Operand], _ entry: Graph.Entry) -> Operand {
    nodes.append(
      Node(
        work: work, inputs: inputs, type: entry.type, layerPath: entry.layerPath, layout: entry.layout,
        origin: entry.origin))
    return .read(nodes.count - 1, View(of: entry.type.shape))
  }

  private mutating func moved(
    _ input: Operand, _ movement: Movement, _ entry: Graph.Entry, _ origin: Origin?
  ) -> Operand {
    switch input {
    case .literal(let number, let dtype, _):
      if case .pad = movement, number != 0 {
        let copied = materialized(input, entry.layerPath, origin)
        return moved(.read(copied, view(of: input)), movement, entry, origin)
      }
      return .literal(number, dtype, entry.type.shape)
    case .read(let node, let view):
      if let view = view.moved(movement) {
        // A block of padding: the gradient of a part of a value whose other parts alone are used.
        if view.bounds?.contains(where: \.isEmpty) == true {
          return .literal(0, entry.type.dtype, entry.type.shape)
        }
        return .read(node, view)
      }
      let copied = copy(input, entry.layerPath, origin)
      guard let view = View(of: nodes[copied].type.shape).moved(movement) else {
        preconditionFailure("\(movement) has no view of a row-major \(nodes[copied].type.shape)")
      }
      return .read(copied, view)
    }
  }

  private func view(of operand: Operand) -> View {
    switch operand {
    case .literal(_, _, let shape): View(of: shape)
    case .read(_, let view): View(of: Shape(view.shape))
    }
  }

  /// The node that holds an operand whole and row-major: the one it reads, or a copy.
  private mutating func materialized(_ operand: Operand, _ layerPath: String, _ origin: Origin?) -> Int {
    if case .read(let node, let view) = operand, view.isWhole(of: nodes[node].type.shape.count) {
      return node
    }
    return copy(operand, layerPath, origin)
  }

  private mutating func whole(_ operand: Operand, _ layerPath: String, _ origin: Origin?) -> Operand {
    .read(materialized(operand, layerPath, origin), view(of: operand))
  }

  private mutating func matrix(_ operand: Operand, _ layerPath: String, _ origin: Origin?) -> Operand {
    if case .read(_, let view) = operand, MatrixLayout(view) != nil { return operand }
    return whole(operand, layerPath, origin)
  }

  /// - Parameter origin: the graph value of the operand.
  private mutating func copy(_ operand: Operand, _ layerPath: String, _ origin: Origin?) -> Int {
    if let known = copies[operand] { return known }
    let dtype =
      switch operand {
      case .literal(_, let dtype, _): dtype
      case .read(let node, _): nodes[node].type.dtype
      }
    let type = TensorType(Shape(view(of: operand).shape), dtype)
    nodes.append(
      Node(work: .pointwise(nil), inputs: [operand], type: type, layerPath: layerPath, origin: origin))
    copies[operand] = nodes.count - 1
    return nodes.count - 1
  }
}
