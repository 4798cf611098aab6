import CVulkan

/// What the memory that a device's buffers live in has, in bytes.
package struct MemoryBudget: Sendable, Hashable {
  /// In all.
  package let total: Int
  /// For this process, now.
  package let available: Int
  /// By the device's own buffers.
  package let taken: Int
  /// In one piece.
  package let largestAllocation: Int
}

extension Device {
  /// Asks the driver, where it knows what other processes use (VK_EXT_memory_budget), and counts this process's own
  /// buffers where it does not.
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
  /// The heap that buffers of `.device` memory come from.
  fileprivate var deviceHeap: Int? {
    MemoryKind.device.bestType(of: memoryTypes, allowed: .max).map { memoryTypes[$0].heap }
  }
}

extension InstanceFunctions {
  /// For each heap, what this process may use and what it uses.
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
