import Testing
import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Instance")
  struct InstanceTests {
    @Test("without a loader the error names the package to install")
    func loaderMissing() throws {
      let error = try #require(throws: VulkanError.self) {
        try Instance(loaderPath: "/nowhere/libvulkan.so.1")
      }
      guard case .loaderMissing(let reason) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(reason.contains("/nowhere/libvulkan.so.1"))
      #expect("\(error)".contains("install Debian's package libvulkan1"))
    }

    @Test("a library that is no loader is named", arguments: ["libc.so.6"])
    func notALoader(path: String) throws {
      #expect(throws: VulkanError.loaderMissing("\(path) has no vkGetInstanceProcAddr")) {
        try Instance(loaderPath: path)
      }
    }

    @Test("an index beyond the list is answered with the list", arguments: TestDevice.all.prefix(1))
    func noSuchDevice(first: TestDevice) throws {
      let instance = try Instance()
      let names = instance.devices.map(\.name)
      for index in [-1, names.count] {
        let error = VulkanError.noSuchDevice(index: index, available: names)
        #expect(throws: error) { try instance.device(at: index) }
        #expect("\(error)".contains("there is no Vulkan device \(index): choose 0 (\(names[0]))"))
      }
    }

    @Test("a software device is used only when it was asked for", arguments: TestDevice.all)
    func choice(asked: TestDevice) throws {
      let instance = try Instance()
      #expect(try instance.device(at: asked.index)?.name == asked.name)
      let chosen = try instance.device()
      #expect(chosen?.isRealGPU != false)
      #expect((chosen == nil) == !instance.devices.contains { $0.isRealGPU && $0.missingFeature == nil })
    }

    @Test("a device is described by what its driver says", arguments: TestDevice.all)
    func description(of choice: TestDevice) throws {
      let device = try #require(try Instance().device(at: choice.index))
      // The minimum limits that Vulkan 1.2 guarantees.
      #expect(device.limits.maxStorageBufferRange >= 1 << 27)
      #expect((1...256).contains(device.limits.minStorageBufferOffsetAlignment))
      #expect(device.limits.maxComputeWorkGroupInvocations >= 128)
      #expect(device.limits.maxComputeWorkGroupCount.allSatisfy { $0 >= 65535 })
      #expect(device.limits.maxComputeSharedMemory >= 16384)
      #expect(device.limits.maxPushConstants >= 128)
      #expect(device.limits.maxMemoryAllocationSize >= 1 << 30)
      #expect(device.limits.subgroupSize >= 1)
      #expect(device.pipelineCacheUUID.count == 16)
      #expect(device.deviceLocalBytes > 0)
      #expect(!device.driverName.isEmpty && !device.driverVersion.isEmpty)
    }

    @Test("every error says what to do")
    func descriptions() {
      let errors: [(VulkanError, String)] = [
        (.driverMissing, "install mesa-vulkan-drivers"),
        (.validationLayerMissing, "install Debian's package vulkan-validationlayers"),
        (.noSuchDevice(index: 2, available: []), "there is no Vulkan device 2: no device was found"),
        (.featureMissing(device: "Card", feature: "timelineSemaphore"), "Card lacks timelineSemaphore"),
        (.outOfDeviceMemory(requested: 3 << 20, label: "arena"), "no 3.1 MB left for arena"),
        (.deviceLost(during: "vkQueueSubmit"), "lost during vkQueueSubmit"),
        (.failed(call: "vkCreateDevice", code: -3), "VK_ERROR_INITIALIZATION_FAILED (-3)"),
        (.failed(call: "vkCreateDevice", code: -77), "failed with VkResult -77"),
      ]
      for (error, phrase) in errors { #expect("\(error)".contains(phrase)) }
    }
  }
}
