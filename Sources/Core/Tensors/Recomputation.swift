/// The parts of a network that are recomputed in the backward pass.
public enum Recomputation: String, Codable, Hashable, Sendable, CaseIterable {
  /// None: every activation that the backward pass needs is kept.
  case none

  /// Blocks, as layers define them: only the input of each is kept.
  case blocks
}

/// A value whose backward pass recomputes the activations that led to it, so that they need not be kept.
///
/// Activations take most of the memory of training, because the backward pass needs them in reverse order. Of
/// a recomputed part only the input is kept; its forward pass runs again when the gradient of its output is
/// available. This is *gradient checkpointing*, or rematerialization. Random numbers are the same, because
/// they are counter-based.
///
/// Gradients flow to `input` and to the states that the output is built from.
///
/// - Parameters:
///   - output: built from `input`.
///   - input: stays in memory.
/// - Returns: `output`, with a backward pass that keeps nothing else.
/// - SeeAlso: Chen et al. 2016, "Training deep nets with sublinear memory cost".
public func recomputed(_ output: Tensor, from input: Tensor) -> Tensor {
  guard output.error == nil, input.error == nil else { return output }
  let part = RecomputedPart(output, from: input)
  return withGradient("recomputed", output, of: part.targets) { dy in part.gradients(upstream: dy) }
}

/// The nodes between an input and an output.
private struct RecomputedPart: Sendable {
  private let input: Tensor
  private let output: Tensor

  /// The tensors that receive gradients: the input, if it has any, and states.
  let targets: [Tensor]

  /// The nodes of the input: each read of a state is a node of its own.
  private let beginnings: Set<Node>

  /// The nodes between the two, inputs first, without either.
  private let nodes: [Node]

  init(_ output: Tensor, from input: Tensor) {
    (self.input, self.output) = (input, output)
    let reached = nodesLeading(to: [output], until: [input.node])
    let state = input.node.state
    beginnings = Set(reached.filter { state != nil && $0.state == state }).union([input.node])
    var dependent = beginnings
    var nodes: [Node] = []
    for node in reached where node.isRandom || node.inputs.contains(where: { dependent.contains($0.node) }) {
      dependent.insert(node)
      if node != output.node { nodes.append(node) }
    }
    self.nodes = nodes
    var seen: Set<State> = state.map { [$0] } ?? []
    let states = reached.compactMap(\.state).filter { $0.dtype.isFloating && seen.insert($0).inserted }
    targets = (input.dtype.isFloating ? [input] : []) + states.map(\.value)
  }

  /// The gradients of the targets, from activations recomputed after the output's gradient.
  func gradients(upstream: Tensor) -> [Tensor?] {
    let direct = Tensors.gradients(of: output, upstream: upstream, at: targets)
    let start = input.after(upstream)
    var again = Dictionary(uniqueKeysWithValues: beginnings.map { ($0, start) })
    for node in nodes {
      let inputs = node.inputs.map { input in
        // A random mask is as large as its operand: it is recomputed too.
        again[input.node] ?? (node.isRandom ? input.after(upstream) : input)
      }
      again[node] = node.rebuilt(on: inputs)
    }
    for node in nodesLeading(to: direct, until: again.keys + [upstream.node, output.node])
    where node.inputs.contains(where: { again[$0.node] != nil }) {
      again[node] = node.rebuilt(on: node.inputs.map { again[$0.node] ?? $0 })
    }
    return direct.map { again[$0.node] ?? $0 }
  }
}

extension Node {
  fileprivate var isRandom: Bool { if case .random = op { true } else { false } }
}
