import Testing
import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Dispatches")
  struct DispatchTests {
    /// The workgroup size and the offset are specialization constants 0 and 1.
    @Test("specialization and push constants reach the shader", arguments: TestDevice.all, [16, 64])
    func constants(on choice: TestDevice, workgroup: Int) throws {
      let bench = try Bench(choice)
      let x = (0..<1021).map(Float.init)
      let (source, target) = (try bench.buffer(x, label: "x"), try bench.buffer(x, label: "y"))
      let pipeline = try bench.pipeline(.affine, specialization: [UInt32(workgroup), Float(0.5).bitPattern])
      let bindings = try bench.bind(pipeline, source, target)
      let commands = try bench.device.record(label: "affine") {
        $0.dispatch(
          pipeline, bindings, constants: AffineConstants(count: 1020, scale: 2),
          groups: (x: (1021 + workgroup - 1) / workgroup, y: 1, z: 1))
      }
      try bench.device.wait(for: bench.device.submit([commands]))
      // Exact: small integers and a half. The last element is beyond the pushed count.
      #expect(try bench.device.download(target) == x.dropLast().map { 2 * $0 + 0.5 } + [1020])
      bench.expectNoValidationMessages()
    }

    @Test("a dispatch sees what one before the barrier wrote", arguments: TestDevice.all)
    func dependent(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let (commands, _, sum) = try chain(bench, barrier: true)
      try bench.device.wait(for: bench.device.submit([commands]))
      // y = 1 + 1, then x = 1 + 2, then y = 2 + 3.
      #expect(try bench.device.download(sum, as: Float.self).allSatisfy { $0 == 5 })
      bench.expectNoValidationMessages()
    }

    @Test(
      "a missing barrier is reported", .enabled(if: TestDevice.hasValidation, "no validation layer"),
      arguments: TestDevice.all)
    func missingBarrier(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      _ = try chain(bench, barrier: false)
      #expect(bench.instance.validationMessages.contains { $0.contains("SYNC-HAZARD-READ-AFTER-WRITE") })
    }

    @Test(
      "invocations that do not wait for one another are reported, those that do are not",
      .enabled(if: TestDevice.seesRaces, "the validation layer does not look for races in shared memory"),
      arguments: TestDevice.all, [false, true])
    func raceInSharedMemory(on choice: TestDevice, barrier: Bool) throws {
      let bench = try Bench(choice, validation: .sharedMemory)
      let x = try bench.buffer((0..<64).map(Float.init), label: "x")
      let y = try bench.emptyBuffer(count: 64, label: "y")
      let pipeline = try bench.pipeline(.reversed(barrier: barrier))
      let bindings = try bench.bind(pipeline, x, y)
      let commands = try bench.device.record(label: "reversed") {
        $0.dispatch(pipeline, bindings, groups: (x: 1, y: 1, z: 1))
      }
      try bench.device.wait(for: bench.device.submit([commands]))
      let messages = bench.instance.validationMessages
      if barrier {
        #expect(messages == [])
        #expect(try bench.device.download(y) == (0..<64).reversed().map(Float.init))
      } else {
        #expect(messages.contains { $0.contains("race") && $0.contains("passed") })
      }
    }

    @Test("a command buffer runs as often as it is submitted, in order", arguments: TestDevice.all)
    func resubmission(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let x = try bench.buffer([Float](repeating: 1, count: 64), label: "x")
      let y = try bench.buffer([Float](repeating: 0, count: 64), label: "y")
      let pipeline = try bench.pipeline(.accumulate)
      let bindings = try bench.bind(pipeline, x, y)
      let commands = try bench.device.record(label: "accumulate") {
        $0.dispatch(pipeline, bindings, groups: (x: 1, y: 1, z: 1))
      }
      let first = try bench.device.submit([commands, commands, commands])
      let second = try bench.device.submit([commands])  // while the first may still run
      #expect(second == first + 1)
      try bench.device.wait(for: second)
      #expect(try bench.device.completedValue == second)
      #expect(try bench.device.download(y, as: Float.self).allSatisfy { $0 == 4 })
      bench.expectNoValidationMessages()
    }

    @Test("work outlives the objects that it was made from", arguments: TestDevice.all)
    func lifetimes(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      let y = try bench.buffer([Float](repeating: 0, count: 64), label: "y")
      try submitAccumulation(to: y, bench)
      #expect(try bench.device.download(y, as: Float.self).allSatisfy { $0 == 1 })
      bench.expectNoValidationMessages()
    }

    @Test("compiled pipelines can be kept for the next run", arguments: TestDevice.all)
    func pipelineCache(on choice: TestDevice) throws {
      let bench = try Bench(choice)
      _ = try bench.pipeline(.accumulate)
      let data = try bench.device.pipelineCacheData
      // The header that Vulkan prescribes: its own size, version, vendor, device, and the UUID.
      #expect(Array(data[16..<32]) == bench.device.physicalDevice.pipelineCacheUUID)
      _ = try Device(bench.device.physicalDevice, of: bench.instance, pipelineCache: data)
      bench.expectNoValidationMessages()
    }

    @Test("closing a device with work on its way leaves nothing behind", arguments: TestDevice.all)
    func teardown(on choice: TestDevice) throws {
      let instance = try openAndClose(choice)
      #expect(instance.validationMessages == [])
    }
  }
}

extension VulkanDeviceTests.DispatchTests {
  /// y += x, x += y, y += x, all starting at one.
  private func chain(
    _ bench: Bench, barrier: Bool
  ) throws -> (commands: CommandBuffer, x: BufferSlice, y: BufferSlice) {
    let ones = [Float](repeating: 1, count: 256)
    let (x, y) = (try bench.buffer(ones, label: "x"), try bench.buffer(ones, label: "y"))
    let pipeline = try bench.pipeline(.accumulate)
    let arena = try bench.device.makeDescriptorArena(sets: 2, descriptors: 4)
    let (forth, back) = (try arena.bind(pipeline, [x, y]), try arena.bind(pipeline, [y, x]))
    let commands = try bench.device.record(label: "chain") { recorder in
      recorder.beginLabel("three dependent sums")
      for bindings in [forth, back, forth] {
        recorder.dispatch(pipeline, bindings, groups: (x: 4, y: 1, z: 1))
        if barrier { recorder.barrier() }
      }
      recorder.endLabel()
    }
    return (commands, x, y)
  }

  /// Releases buffer, pipeline, arena and command buffer right after the submission.
  private func submitAccumulation(to y: BufferSlice, _ bench: Bench) throws {
    let x = try bench.buffer([Float](repeating: 1, count: 64), label: "x")
    let pipeline = try bench.pipeline(.accumulate)
    let bindings = try bench.bind(pipeline, x, y)
    let commands = try bench.device.record(label: "accumulate", reusable: false) {
      $0.dispatch(pipeline, bindings, groups: (x: 1, y: 1, z: 1))
    }
    try bench.device.submit([commands])
  }

  /// Returns the instance, the only object left, whose validation has watched the others being destroyed.
  private func openAndClose(_ choice: TestDevice) throws -> Instance {
    let bench = try Bench(choice)
    let y = try bench.buffer([Float](repeating: 0, count: 64), label: "y")
    try submitAccumulation(to: y, bench)
    return bench.instance
  }
}
