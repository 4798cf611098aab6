import Testing

@testable import VulkanDevice

extension VulkanDeviceTests {
  @Suite("What goes wrong")
  struct FaultTests {
    private func device(_ choice: TestDevice, _ change: (inout DeviceFaults) -> Void) throws -> Device {
      var faults = DeviceFaults()
      change(&faults)
      let instance = try Instance()
      return try Device(try #require(try instance.device(at: choice.index)), of: instance, faults: faults)
    }

    @Test("memory is counted, and given back with its buffer", arguments: TestDevice.all)
    func memory(choice: TestDevice) throws {
      let device = try device(choice) { $0.memoryLimit = 10_000 }
      #expect(device.memoryBudget.total == 10_000 && device.memoryBudget.available == 10_000)
      var buffer: Buffer? = try device.makeBuffer(byteCount: 6_000, memory: .device, label: "first")
      #expect(buffer != nil && device.memoryBudget.available == 4_000)
      #expect(throws: VulkanError.outOfDeviceMemory(requested: 4_001, label: "second")) {
        _ = try device.makeBuffer(byteCount: 4_001, memory: .device, label: "second")
      }
      // Host memory is not counted.
      _ = try device.makeBuffer(byteCount: 1 << 20, memory: .upload, label: "staging")
      buffer = nil
      #expect(device.memoryBudget.available == 10_000)
    }

    @Test("without a limit the heap is what there is", arguments: TestDevice.all)
    func heap(choice: TestDevice) throws {
      let device = try device(choice) { _ in }
      let budget = device.memoryBudget
      #expect(budget.total > 1 << 28 && budget.available > 0 && budget.available <= budget.total)
      #expect(device.physicalDevice.heapByteCounts.contains(budget.total))
    }

    @Test("a lost device stays lost, and another one works", arguments: TestDevice.all)
    func loss(choice: TestDevice) throws {
      let lost = try device(choice) { $0.lostAtSubmission = 2 }
      let slice = BufferSlice(try lost.makeBuffer(byteCount: 4, memory: .device, label: "word"))
      try lost.upload([UInt32(7)], to: slice)
      #expect(throws: VulkanError.deviceLost(during: "vkQueueSubmit")) {
        try lost.upload([UInt32(8)], to: slice)
      }
      #expect(throws: VulkanError.deviceLost(during: "vkQueueSubmit")) {
        let _: [UInt32] = try lost.download(slice)
      }
      #expect(throws: VulkanError.deviceLost(during: "vkWaitSemaphores")) { try lost.wait(for: 1) }
      let other = try device(choice) { _ in }
      let whole = BufferSlice(try other.makeBuffer(byteCount: 4, memory: .device, label: "word"))
      try other.upload([UInt32(9)], to: whole)
      #expect(try other.download(whole) == [UInt32(9)])
    }
  }
}
