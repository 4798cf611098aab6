package import Programs
package import Tensors

/// The memory that programs need together, with their states.
///
/// Compared with a device's `DeviceMemory` by the plan of a run, and before anything is allocated.
public struct MemoryNeed: Hashable, Sendable {
  /// Arenas, constants, and each state once.
  package var byteCount: Int

  /// The largest single allocation: a block of an arena, or a state.
  package let largestPiece: Int

  /// The largest value that a kernel accesses; nil if the programs compute nothing.
  package let largestValue: TensorType?

  /// The states that need new memory.
  package let states: [State]

  /// The need on a device that allocates exactly the bytes of each value.
  ///
  /// - Parameters:
  ///   - programs: as the device runs them.
  ///   - isNew: false for states that are allocated already.
  package init(of programs: [Program], where isNew: (State) -> Bool = { _ in true }) {
    var seen: Set<State> = []
    states = programs.flatMap(\.states).filter { isNew($0) && seen.insert($0).inserted }
    byteCount =
      programs.reduce(0) { $0 + $1.arenaBlocks.reduce(0) { $0 + $1.byteCount } + $1.constantByteCount }
      + states.reduce(0) { $0 + $1.byteCount }
    largestPiece = max(
      programs.flatMap(\.arenaBlocks).map(\.byteCount).max() ?? 0, states.map(\.byteCount).max() ?? 0)
    largestValue = programs.flatMap(\.values).map(\.type).max { $0.byteCount < $1.byteCount }
  }

  /// The highest ratio of a need to its device limit: above 1 it does not fit.
  package func load(on device: DeviceMemory) -> Double {
    max(
      ratio(byteCount, device.limit), ratio(largestPiece, device.largestPiece),
      ratio(largestValue?.byteCount ?? 0, device.largestValue))
  }

  /// True if there is enough memory, regardless of how much a kernel can address.
  package func hasRoom(on device: DeviceMemory) -> Bool {
    byteCount <= device.limit ?? .max && largestPiece <= device.largestPiece ?? .max
  }

  private func ratio(_ bytes: Int, _ limit: Int?) -> Double {
    limit.map { Double(bytes) / Double(max($0, 1)) } ?? 0
  }
}

extension Program {
  /// The bytes of all constants, each counted once.
  package var constantByteCount: Int { constants.reduce(0) { $0 + $1.values.bytes.count } }

  package var constants: [Constant] {
    var seen: Set<Constant> = []
    return values.compactMap { value in
      guard case .constant(let constant) = value.storage, seen.insert(constant).inserted else { return nil }
      return constant
    }
  }
}
