import CVulkan

/// The state of the heap of a device's buffers, in bytes.
package struct MemoryBudget: Sendable, Hashable {
  /// The size of the heap.
  package let total: Int
  /// Available to this process now.
  package let available: Int
  /// Used by this device's buffers.
  package let taken: Int
  /// The maximum single allocation.
  package let largestAllocation: Int
}

extension Device {
  /// As reported by the driver, which knows other processes' use (VK_EXT_memory_budget), else by counting
  /// this process's own buffers.
  package var memoryBudget: MemoryBudget {
    let physical = physicalDevice
    let heap = physical.deviceHeap
    var total = heap.map { physical.heapByteCounts[$0] } ?? 0
    var available = total - logical.allocatedByteCount
    if physical.hasMemoryBudget, let heap {
      let (budget, usage) = logical.instance.core.functions.memoryBudgets(of: logical.physicalHandle)[heap]
      available = min(total, budget - usage)
    }
    if let limit = logical.faults.memoryLimit, !logical.faults.hidesMemoryLimit {
      total = min(total, limit)
      available = min(available, limit - logical.allocatedByteCount)
    }
    return MemoryBudget(
      total: total, available: max(0, available), taken: logical.allocatedByteCount,
      largestAllocation: limits.maxBufferSize)
  }
}

extension PhysicalDevice {
  /// The heap of `.device` buffers.
  fileprivate var deviceHeap: Int? {
    MemoryKind.device.bestType(of: memoryTypes, allowed: .max).map { memoryTypes[$0].heap }
  }
}

extension InstanceFunctions {
  /// For each heap, this process's budget and usage.
  fileprivate func memoryBudgets(of device: VkPhysicalDevice) -> [(budget: Int, usage: Int)] {
    let scratch = Scratch()
    defer { scratch.free() }
    let budget = scratch.pointer(to: VkPhysicalDeviceMemoryBudgetPropertiesEXT.make())
    var memory = VkPhysicalDeviceMemoryProperties2.make { $0.pNext = UnsafeMutableRawPointer(budget) }
    getMemoryProperties2(device, &memory)
    func heaps<Tuple>(_ tuple: Tuple) -> [Int] {
      withUnsafeBytes(of: tuple) { $0.bindMemory(to: VkDeviceSize.self).map { Int(clamping: $0) } }
    }
    return Array(zip(heaps(budget.pointee.heapBudget), heaps(budget.pointee.heapUsage)))
  }
}
