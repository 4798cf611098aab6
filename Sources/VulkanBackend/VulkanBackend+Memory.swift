public import Programs
public import Tensors
import VulkanDevice

extension VulkanBackend {
  public var isMemoryLimited: Bool { true }

  public func shortage(for programs: [Program], and states: [State]) -> OutOfMemory? {
    var seen = Set(memory.keys)
    let new = (programs.flatMap(\.states) + states).filter { seen.insert($0).inserted }
    let budget = device.memoryBudget
    let largest = programs.map(\.arenaByteCount).max() ?? 0
    guard byteCount(of: programs, with: new) > budget.available || largest > budget.largestAllocation else {
      return nil
    }
    return outOfMemory(for: programs, with: new)
  }

  /// The error for programs that bring some states.
  func outOfMemory(for programs: [Program], with new: [State]) -> OutOfMemory {
    let budget = device.memoryBudget
    return OutOfMemory(
      program: "the program '\(programs.first?.name ?? "")'", device: name,
      needed: byteCount(of: programs, with: new), available: min(budget.available, budget.largestAllocation),
      total: budget.total, holders: programs.first?.holders(3, among: new) ?? [])
  }

  /// What it would take to compile programs now: their arenas, their constants, and blocks for the states.
  private func byteCount(of programs: [Program], with new: [State]) -> Int {
    let values = programs.flatMap(\.values)
    let constants = values.reduce(0) { sum, value in
      if case .constant = value.storage { sum + Program.aligned(value.type.byteCount) } else { sum }
    }
    return programs.reduce(0) { $0 + $1.arenaByteCount } + constants + heap.growth(for: new.map(\.byteCount))
  }
}
