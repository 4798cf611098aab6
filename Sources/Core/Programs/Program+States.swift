package import Tensors

extension Program {
  /// The states that it reads or writes, each once.
  package var states: [State] {
    var seen: Set<State> = []
    return values.compactMap { value in
      guard case .state(let state) = value.storage, seen.insert(state).inserted else { return nil }
      return state
    }
  }
}
