import Tensors
import Wording

/// The states that training leaves unchanged: those selected by name patterns with *, and, of a run that trains adapters, the
/// parameters of the network.
struct Frozen {
  private let patterns: [NamePattern]
  private let hasAdapters: Bool
  private let targets: [String]
  /// What is trained beside adapters.
  private let trained: [NamePattern]

  init(_ settings: TrainingSettings) {
    patterns = settings.frozen.map(NamePattern.init)
    (hasAdapters, targets) = (settings.lora != nil, settings.loraTargets)
    trained = settings.loraTrained.map(NamePattern.init)
  }

  /// - Throws: `TrainingError.setting` for a pattern that is nothing's name, and if nothing is left to learn.
  func check(_ states: StateStore) throws(TrainingError) {
    for pattern in patterns
    where !states.states.contains(where: { pattern.matches($0.name) }) {
      let names = states.parameters.prefix(4).map(\.name).joined(separator: ", ")
      throw .setting(
        "nothing is called '\(pattern.text)', to be left as it is; there are \(names) and others")
    }
    if hasAdapters { try checkAdapters(states) }
    if !patterns.isEmpty, states.parameters.allSatisfy(contains) {
      throw .setting("all parameters are to be left as they are: nothing is left to learn")
    }
  }

  private func checkAdapters(_ states: StateStore) throws(TrainingError) {
    guard !states.adaptable.isEmpty else {
      throw .setting("the network has no dense layer or convolution that a low-rank adaptation could be of")
    }
    for target in targets {
      let pattern = NamePattern(target)
      guard !states.adapted.contains(where: { pattern.matches($0) || pattern.matches(Self.layer(of: $0)) })
      else { continue }
      let names = states.adaptable
      throw .setting(
        "no weight that can be adapted is called '\(target)': there are \(names.nearest(to: target)); * stands for "
          + "anything, as in '*\(Self.word(in: names))*'")
    }
    let own = states.parameters.filter { LoRA.weight(ofAdapter: $0.name) == nil }
    for pattern in trained where !own.contains(where: { pattern.matches($0.name) }) {
      throw .setting(
        "nothing is called '\(pattern.text)', to be trained beside adapters: there are "
          + own.map(\.name).nearest(to: pattern.text))
    }
  }

  private static func layer(of weight: String) -> String {
    String(weight.prefix(upTo: weight.lastIndex(of: ".") ?? weight.startIndex))
  }

  /// A part of a name that stands for several: of its layer.
  private static func word(in names: [String]) -> Substring {
    names.first.flatMap { layer(of: $0).split(separator: ".").last } ?? "attention"
  }

  func contains(_ state: State) -> Bool {
    if patterns.contains(where: { $0.matches(state.name) }) { return true }
    return hasAdapters && state.isParameter && LoRA.weight(ofAdapter: state.name) == nil
      && !trained.contains { $0.matches(state.name) }
  }
}

extension [String] {
  /// The names that may have been meant, and how many more there are.
  fileprivate func nearest(to pattern: String) -> String {
    let parts = pattern.split(separator: "*").map(String.init)
    let words = Set(flatMap { $0.split(separator: ".").map(String.init) }).sorted()
    let meant = Set(parts.flatMap { $0.split(separator: ".") }.compactMap { words.closest(to: String($0)) })
    let near = filter { name in name.split(separator: ".").contains { meant.contains(String($0)) } }
    let shown = (near.isEmpty ? self : near).prefix(3)
    return shown.joined(separator: ", ") + (count > shown.count ? " and \(count - shown.count) more" : "")
  }
}
