import Tensors

/// Converts float64 expressions to float32: the same operations on float32 twins of the states.
///
/// Applied to gradients it converts the expanded gradient expressions, so that no gradient rule is applied
/// again.
struct InFloat32 {
  private(set) var tensors: [Tensor] = []

  /// Every state that the expressions read, with its replacement; itself unless it is float64.
  private(set) var states: [State: State] = [:]

  init(_ originals: [Tensor]) {
    var twins: [Node: Tensor] = [:]
    for node in nodesLeading(to: originals) {
      twins[node] = twin(of: node, inputs: node.inputs.compactMap { twins[$0.node] })
    }
    tensors = originals.compactMap { twins[$0.node] }
  }

  private mutating func twin(of node: Node, inputs: [Tensor]) -> Tensor {
    switch node.op {
    case .source(.state(let state)):
      let twin =
        states[state]
        ?? (state.dtype == .float64
          ? State(state.name, state.shape, dtype: .float32, role: state.role) : state)
      states[state] = twin
      return twin.value
    case .source(.constant(let constant)) where node.type.dtype == .float64:
      return Tensor(
        TensorValues(converting: constant.values.doubles, shape: constant.values.shape, to: .float32))
    case .source(.scalar(let number, .float64)): return Tensor(number, dtype: .float32)
    case .source: return Tensor(node: node)
    case .pointwise(.cast(.float64)): return .apply(.pointwise(.cast(.float32)), to: inputs)
    // Gradients are already expanded; only its value remains.
    case .gradientRule: return inputs[0]
    default: return .apply(node.op, to: inputs)
    }
  }
}
