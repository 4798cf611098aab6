import Tensors

/// The states that training leaves unchanged, selected by name patterns with *.
struct Frozen {
  private let patterns: [NamePattern]

  /// - Throws: `TrainingError.setting` for a pattern that matches nothing, and if no parameters are left to
  ///   train.
  init(_ patterns: [String], of states: StateStore) throws(TrainingError) {
    self.patterns = patterns.map(NamePattern.init)
    for pattern in self.patterns
    where !states.states.contains(where: { pattern.matches($0.name) }) {
      let names = states.parameters.prefix(4).map(\.name).joined(separator: ", ")
      throw .setting(
        "nothing is called '\(pattern.text)', to be left as it is; there are \(names) and others")
    }
    if !patterns.isEmpty, states.parameters.allSatisfy(contains) {
      throw .setting("all parameters are to be left as they are: nothing is left to learn")
    }
  }

  func contains(_ state: State) -> Bool { patterns.contains { $0.matches(state.name) } }
}
