import Tensors

/// Chooses states by name, with * for anything: what a run leaves as it is.
struct Frozen {
  private let patterns: [String]

  /// - Throws: `TrainingError.setting` for a pattern that is nothing's name, and if nothing is left to learn.
  init(_ patterns: [String], of states: StateStore) throws(TrainingError) {
    self.patterns = patterns
    for pattern in patterns where !states.states.contains(where: { Frozen.matches($0.name, pattern) }) {
      let names = states.parameters.prefix(4).map(\.name).joined(separator: ", ")
      throw .setting("nothing is called '\(pattern)', to be left as it is; there are \(names) and others")
    }
    if !patterns.isEmpty, states.parameters.allSatisfy(contains) {
      throw .setting("all parameters are to be left as they are: nothing is left to learn")
    }
  }

  func contains(_ state: State) -> Bool { patterns.contains { Frozen.matches(state.name, $0) } }

  /// Whether a name is what a pattern stands for.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return name == pattern }
    guard name.hasPrefix(parts[0]) else { return false }
    var rest = name.dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}
