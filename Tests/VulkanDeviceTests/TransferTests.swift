import Testing
import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Transfers")
  struct TransferTests {
    /// 40 MiB pass through the staging buffer in three parts, the last one partial.
    @Test("what is uploaded comes back", arguments: TestDevice.all, [1, 1021, 10 << 20])
    func roundTrip(on choice: TestDevice, count: Int) throws {
      let bench = try Bench(choice)
      let sent = (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
      let slice = try bench.emptyBuffer(count: count, label: "round trip")
      try bench.device.upload(sent, to: slice)
      #expect(try bench.device.download(slice, as: UInt32.self) == sent)
      bench.expectNoValidationMessages()
    }

    @Test("copies and fills touch their slice only", arguments: TestDevice.all)
    func slices(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let source = try bench.emptyBuffer(count: 8, label: "source")
      let target = try bench.emptyBuffer(count: 8, label: "target")
      try bench.device.upload([1, 2, 3, 4, 5, 6, 7, 8] as [UInt32], to: source)
      let commands = try bench.device.record(label: "copies and fills") { recorder in
        recorder.fill(target, word: 9)
        recorder.barrier()
        recorder.copy(from: source[offset: 4, byteCount: 8], to: target[offset: 20, byteCount: 8])
        recorder.fill(target[offset: 0, byteCount: 4], word: 7)
      }
      try bench.device.wait(for: bench.device.submit([commands]))
      #expect(try bench.device.download(target, as: UInt32.self) == [7, 9, 9, 9, 9, 2, 3, 9])
      bench.expectNoValidationMessages()
    }

    @Test("the host sees mapped buffers directly", arguments: TestDevice.all)
    func mapped(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let upload = try bench.device.makeBuffer(byteCount: 16, memory: .upload, label: "upload")
      let readback = try bench.device.makeBuffer(byteCount: 16, memory: .readback, label: "readback")
      let hidden = try bench.device.makeBuffer(byteCount: 16, memory: .device, label: "hidden")
      #expect(hidden.contents == nil)
      try #require(upload.contents).copyBytes(from: 0..<16)
      let commands = try bench.device.record(label: "echo") {
        $0.copy(from: BufferSlice(upload), to: BufferSlice(readback))
      }
      try bench.device.wait(for: bench.device.submit([commands]), timeout: .seconds(10))
      #expect(Array(try #require(readback.contents)) == Array(0..<16))
      bench.expectNoValidationMessages()
    }

    @Test("a buffer too large for the device is refused by name", arguments: TestDevice.all)
    func outOfMemory(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let size = 1 << 50
      #expect(throws: VulkanError.outOfDeviceMemory(requested: size, label: "petabyte")) {
        try bench.device.makeBuffer(byteCount: size, memory: .device, label: "petabyte")
      }
    }
  }
}
