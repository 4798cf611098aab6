public import Execution
public import Programs
import Tensors
import VulkanDevice

extension VulkanBackend {
  public var capacity: DeviceMemory {
    let budget = device.memoryBudget
    return DeviceMemory(
      byteCount: budget.total, available: budget.available, largestPiece: budget.largestAllocation,
      largestValue: device.limits.maxStorageBufferRange
    ).limited(to: memoryLimit, taken: budget.taken)
  }

  /// States are suballocated from blocks, the last of which has free space; constants are aligned.
  public func need(of programs: [Program]) -> MemoryNeed {
    var need = MemoryNeed(of: programs) { memory[$0] == nil }
    let sizes = need.states.map(\.byteCount)
    need.byteCount += heap.growth(for: sizes) - sizes.reduce(0, +)
    for bytes in programs.flatMap(\.constants).map(\.values.bytes) {
      need.byteCount += Program.aligned(bytes.count) - bytes.count
    }
    return need
  }
}
