import Testing

@testable import VulkanDevice

extension VulkanDeviceTests {
  @Suite("What a device must have")
  struct RequirementTests {
    /// Removes a requirement's feature or limit from a device.
    private static func take(_ requirement: Requirement, from device: inout PhysicalDevice) {
      switch requirement {
      case .vulkan12: device.apiVersion = Version(major: 1, minor: 1, patch: 200)
      case .computeQueue: device.computeQueueFamily = nil
      case .timelineSemaphore: device.features.timelineSemaphore = false
      case .invocations: device.limits.maxComputeWorkGroupInvocations = 128
      case .storageBuffers: device.limits.maxStorageBuffers = 4
      }
    }

    @Test(
      "is named when it is missing, in one sentence, and nothing is opened", arguments: TestDevice.all,
      Requirement.allCases)
    func named(choice: TestDevice, requirement: Requirement) throws {
      let instance = try Instance()
      var device = try #require(try instance.device(at: choice.index))
      #expect(device.missing.isEmpty && device.missingFeature == nil)
      Self.take(requirement, from: &device)
      #expect(device.missing == [requirement])
      let name = device.name
      let error = #expect(throws: VulkanError.self) { _ = try Device(device, of: instance) }
      #expect(error == .featureMissing(device: name, feature: requirement.rawValue))
      #expect(
        error.map { "\($0)" }
          == "\(name) lacks \(requirement.rawValue): update its driver or choose another device")
    }

    @Test("is named together with all else that is missing", arguments: TestDevice.all)
    func together(choice: TestDevice) throws {
      var device = try #require(try Instance().device(at: choice.index))
      Self.take(.timelineSemaphore, from: &device)
      Self.take(.invocations, from: &device)
      #expect(device.missingFeature == "timelineSemaphore and workgroups of 256 invocations")
      Self.take(.vulkan12, from: &device)
      #expect(device.missingFeature == "Vulkan 1.2, timelineSemaphore and workgroups of 256 invocations")
    }
  }
}
