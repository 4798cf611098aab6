import Synchronization

/// One operation of the expression graph.
///
/// Immutable, and shared by every tensor that is built on it.
package final class Node: Sendable {
  package let op: Op
  package nonisolated(unsafe) private(set) var inputs: [Tensor]  // changed by deinit alone
  package let type: TensorType

  // One at a time: the nodes of a long chain would otherwise free one another on an ever deeper stack.
  deinit {
    var pending = inputs.map(\.node)
    inputs = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      pending += node.inputs.map(\.node)
      node.inputs = []
    }
  }

  /// Nodes are numbered as they are made, so that inputs always come before what is built on them.
  package let order: Int

  /// The layer in whose forward pass the node was made.
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

/// Where in the model the graph is being built, outermost layer first.
package enum LayerPath {
  @TaskLocal package static var current = ""
}

extension Node: Hashable {
  package static func == (a: Node, b: Node) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
