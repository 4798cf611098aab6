import Testing
import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Timestamps")
  struct TimestampTests {
    @Test("times do not run backwards", arguments: TestDevice.all)
    func nondecreasing(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let slice = try bench.emptyBuffer(count: 1 << 16, label: "work")
      let pool = try bench.device.makeTimestampPool(count: 4)
      let commands = try bench.device.record(label: "timed") { recorder in
        recorder.reset(pool)
        for index in 0..<3 {
          recorder.writeTimestamp(pool, index)
          recorder.fill(slice, word: 0)
          recorder.barrier()
        }
      }
      try bench.device.wait(for: bench.device.submit([commands]))
      let times = try pool.read(first: 3)
      #expect(times.count == 3 && times == times.sorted())
      #expect(throws: VulkanError.failed(call: "vkGetQueryPoolResults", code: 1)) {
        try pool.read()  // the fourth was never written: VK_NOT_READY
      }
      bench.expectNoValidationMessages()
    }
  }
}
