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

  /// What takes the most memory at the level that needs the most: the intermediates that are alive there, and the states.
  ///
  /// - Parameters:
  ///   - count: how many to name.
  ///   - states: those to count, besides the intermediates.
  package func holders(_ count: Int, among states: [State]) -> [MemoryHolder] {
    let alive = lifetimes
    let last = instructions.last?.level ?? 0
    var bytes = [Int](repeating: 0, count: last + 1)
    for (value, levels) in alive {
      for level in levels.clamped(to: 0...last) { bytes[level] += values[value].type.byteCount }
    }
    let peak = bytes.indices.max { bytes[$0] < bytes[$1] } ?? 0
    var names: [ValueID: String] = [:]
    for instruction in instructions {
      for output in instruction.outputs {
        names[output] = instruction.kernel.name + (instruction.label.isEmpty ? "" : " \(instruction.label)")
      }
    }
    let intermediates = alive.filter { $0.value.contains(peak) }.keys.sorted().map {
      MemoryHolder(name: names[$0] ?? "%\($0)", type: values[$0].type)
    }
    let kept = states.map { MemoryHolder(name: $0.name, type: TensorType($0.shape, $0.dtype)) }
    // Sorting is stable, so the same program always gives the same names.
    return Array((kept + intermediates).sorted { $0.byteCount > $1.byteCount }.prefix(count))
  }
}
