import Tensors

/// The states that training leaves unchanged, selected by name patterns with *.
struct Frozen {
  private let patterns: [NamePattern]

  init(_ patterns: [String]) { self.patterns = patterns.map(NamePattern.init) }

  /// - Throws: `TrainingError.setting` for a pattern that is nothing's name, and if nothing is left to learn.
  func check(_ states: StateStore) throws(TrainingError) {
    for pattern in patterns
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
