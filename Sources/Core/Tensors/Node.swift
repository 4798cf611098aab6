import Synchronization

/// One operation of the expression graph.
///
/// Immutable, and shared by all tensors that depend on it.
package final class Node: Sendable {
  package let op: Op
  package nonisolated(unsafe) private(set) var inputs: [Tensor]  // changed by deinit only
  package let type: TensorType

  // Iterative: a long chain of nodes would otherwise release one another recursively and overflow the stack.
  deinit {
    var pending = inputs.map(\.node)
    inputs = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      pending += node.inputs.map(\.node)
      node.inputs = []
    }
  }

  /// The creation order, so that inputs always precede their readers.
  package let order: Int

  /// The layer whose forward pass made the node.
  package let layerPath: String

  package let provenance: Provenance
  package var location: Location { provenance.location }

  private static let made = Atomic(0)

  init(_ op: Op, _ inputs: [Tensor], _ type: TensorType, _ location: Location) {
    self.op = op
    self.inputs = inputs
    self.type = type
    layerPath = LayerPath.current
    provenance = StepScope.provenance(layerPath: layerPath, location)
    order = Node.made.add(1, ordering: .relaxed).newValue
  }
}

/// The path of the layer whose graph is being built, outermost layer first.
package enum LayerPath {
  @TaskLocal package static var current = ""
}

extension Node: Hashable {
  package static func == (a: Node, b: Node) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The nodes that some tensors depend on, inputs first, up to and excluding `borders`.
package func nodesLeading(to tensors: [Tensor], until borders: some Sequence<Node> = [] as [Node]) -> [Node] {
  let borders = Set(borders)
  var visited = borders
  var stack = tensors.map(\.node)
  while let node = stack.popLast() {
    guard visited.insert(node).inserted else { continue }
    stack += node.inputs.map(\.node)
  }
  return visited.subtracting(borders).sorted { $0.order < $1.order }
}
