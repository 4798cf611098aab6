package import Tensors

/// The nodes that some tensors depend on, with common subexpressions merged.
///
/// Gradient rules produce many equal subexpressions; nodes with the same operation and inputs become one.
package struct Graph {
  package struct Entry {
    package let op: Op
    package let inputs: [Int]
    package let type: TensorType
    package let layerPath: String

    /// The image layout of a convolution or pooling.
    var layout = ImageLayout.channelsFirst

    package var provenance = Provenance()

    /// The value of the program's original graph that it computes; nil before `asOrigin()`.
    var origin: Origin?
  }

  private struct Key: Hashable {
    let op: Op
    let inputs: [Int]
  }

  /// Topological order: inputs before their readers.
  package private(set) var entries: [Entry] = []

  /// The indices of the given tensors' entries.
  package private(set) var roots: [Int] = []

  init(entries: [Entry], roots: [Int]) {
    self.entries = entries
    self.roots = roots
  }

  package init(_ tensors: [Tensor]) {
    var visited: Set<Node> = []
    var stack = tensors.map(\.node)
    while let node = stack.popLast() {
      guard visited.insert(node).inserted else { continue }
      stack += node.operands.map(\.node)
    }
    var index: [Node: Int] = [:]
    var known: [Key: Int] = [:]
    func place(of tensor: Tensor) -> Int {
      guard let place = index[tensor.node] else { preconditionFailure("an input comes after its reader") }
      return place
    }
    for node in visited.sorted(by: { $0.order < $1.order }) {
      let inputs = node.operands.map { input in place(of: input) }
      let key = Key(op: node.op, inputs: inputs)
      if let entry = known[key] {
        index[node] = entry
        continue
      }
      // A scan that keeps more than another for the backward pass takes its place: it begins with the same parts.
      if case .scan(let scan) = node.op, let shorter = scan.keepingNothing,
        let entry = known[Key(op: .scan(shorter), inputs: inputs)], entries[entry].op == .scan(shorter)
      {
        known[key] = entry
        index[node] = entry
        entries[entry] = Entry(
          op: node.op, inputs: inputs, type: node.type, layerPath: entries[entry].layerPath,
          provenance: entries[entry].provenance)
        continue
      }
      known[key] = entries.count
      index[node] = entries.count
      entries.append(
        Entry(
          op: node.op, inputs: inputs, type: node.type, layerPath: node.layerPath,
          provenance: node.provenance))
    }
    roots = tensors.map(place)
  }

  /// The same graph as the origin of all rewritten ones: each entry's origin is itself.
  func asOrigin() -> Graph {
    var graph = self
    for index in entries.indices { graph.entries[index].origin = Origin(entry: index) }
    return graph
  }
}

extension Graph {
  /// The structure of a graph without the values of its constants: graphs with equal forms can share one
  /// program.
  package struct Form: Hashable, Sendable {
    private enum Work: Hashable, Sendable {
      case op(Op)
      case constant
    }
    private let works: [Work]
    private let inputs: [[Int]]
    private let types: [TensorType]
    private let roots: [Int]

    fileprivate init(_ graph: Graph) {
      works = graph.entries.map { if case .source(.constant) = $0.op { .constant } else { .op($0.op) } }
      inputs = graph.entries.map(\.inputs)
      types = graph.entries.map(\.type)
      roots = graph.roots
    }
  }

  package var form: Form { Form(self) }

  /// The values of the graph's constants, in the order of its entries.
  package var constants: [TensorValues] {
    entries.compactMap { if case .source(.constant(let constant)) = $0.op { constant.values } else { nil } }
  }

  /// The same graph, reading its constants from states.
  func reading(constantsFrom states: [State]) -> Graph {
    var left = states[...]
    let entries = entries.map { entry in
      guard case .source(.constant) = entry.op, let state = left.popFirst() else { return entry }
      return Entry(
        op: .source(.state(state)), inputs: [], type: entry.type, layerPath: entry.layerPath,
        provenance: entry.provenance)
    }
    return Graph(entries: entries, roots: roots)
  }
}

extension Node {
  /// The inputs that are evaluated: a gradient rule's other inputs matter to gradients only.
  fileprivate var operands: [Tensor] {
    if case .gradientRule = op { Array(inputs.prefix(1)) } else { inputs }
  }
}
