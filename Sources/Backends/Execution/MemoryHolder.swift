package import Programs
package import Tensors
import Wording

/// A large allocation: a value or a state.
package struct MemoryHolder: Hashable, Sendable, CustomStringConvertible {
  /// A state's name, or the kernel that computes a value and its layers.
  package let name: String
  package let type: TensorType
  var byteCount: Int { type.byteCount }

  package var description: String { "\(name) \(type) (\(byteCount.inMegabytes(decimals: 2)))" }
}

extension Program {
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
