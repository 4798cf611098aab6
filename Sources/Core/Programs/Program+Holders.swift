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

  /// The largest allocations at the level of peak memory: the intermediates live there, and the states.
  ///
  /// - Parameters:
  ///   - count: the number to return.
  ///   - states: those to include.
  package func holders(_ count: Int, among states: [State]) -> [MemoryHolder] {
    var names: [ValueID: String] = [:]
    for instruction in instructions {
      for output in instruction.outputs {
        names[output] = instruction.kernel.name + (instruction.label.isEmpty ? "" : " \(instruction.label)")
      }
    }
    let intermediates = peak.lifetimes.map {
      MemoryHolder(name: names[$0.value] ?? "%\($0.value)", type: values[$0.value].type)
    }
    let kept = states.map { MemoryHolder(name: $0.name, type: TensorType($0.shape, $0.dtype)) }
    // Sorting is stable, so the result is deterministic.
    return Array((kept + intermediates).sorted { $0.byteCount > $1.byteCount }.prefix(count))
  }
}
