import Testing
import VulkanDevice

/// Serialized: every test opens a device of its own, and a software device keeps all cores busy by itself.
@Suite("Vulkan device", .serialized)
enum VulkanDeviceTests {
  @Test("a Vulkan device is there", .enabled(if: TestDevice.whyNone == nil, "\(TestDevice.whyNone ?? "")"))
  static func deviceIsThere() {
    #expect(!TestDevice.all.isEmpty)
  }
}
