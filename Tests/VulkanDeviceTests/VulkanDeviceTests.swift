import Testing
import VulkanDevice

/// Serialized: every test opens its own device, and a software device already uses all cores.
@Suite("Vulkan device", .serialized)
enum VulkanDeviceTests {
  @Test("a Vulkan device is there", .enabled(if: TestDevice.whyNone == nil, "\(TestDevice.whyNone ?? "")"))
  static func deviceIsThere() {
    #expect(!TestDevice.all.isEmpty)
  }
}
