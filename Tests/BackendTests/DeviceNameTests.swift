#if VULKAN
import TestSupport
import Testing
import VulkanBackend

@testable import Devices
@testable import VulkanDevice

@Suite("Devices by name", .enabled(if: VulkanUnderTest.missing == nil))
struct DeviceNameTests {
  /// Fake devices with these names, copied from a real device.
  private func devices(_ names: [String]) throws -> [PhysicalDevice] {
    let device = try #require(try VulkanBackend.devices().first)
    return names.enumerated().map { number, name in
      var copy = device
      (copy.index, copy.name) = (number, name)
      copy.deviceUUID = [UInt8](repeating: UInt8(0xA0 + number), count: 16)
      return copy
    }
  }

  @Test("are found by number, by UUID, and by what they are called or a part of it")
  func found() throws {
    let devices = try devices(["GeForce RTX 4090", "GeForce RTX 4090 Laptop GPU", "Radeon RX 7900 XTX"])
      .map { ComputeDevice($0) }
    for (name, number) in [
      ("0", 0), ("2", 2), ("radeon", 2), ("RTX 4090 Laptop", 1), ("geforce rtx 4090", 0),
      ("a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1", 1), ("A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2", 2),
    ] {
      #expect(try DeviceName(name).number(among: devices) == number, "\(name)")
    }
    #expect(devices[1].uuid == "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1")
  }

  @Test("that are none, or several, are answered with what there is")
  func wrong() throws {
    let devices = try devices(["Arc A770", "Arc A770"]).map { ComputeDevice($0) }
    func complaint(_ name: String, _ devices: [ComputeDevice]) throws -> String {
      try #require(throws: BackendUnavailable.self) { try DeviceName(name).number(among: devices) }.reason
    }
    #expect(
      try complaint("arc", devices)
        == "2 Vulkan devices are called arc: 0 (Arc A770), 1 (Arc A770); choose one by number or UUID")
    for name in ["2", "-1", "GeForce", ""] {
      #expect(
        try complaint(name, devices)
          == "there is no Vulkan device \(name): choose 0 (Arc A770), 1 (Arc A770)")
    }
    #expect(try complaint("arc", []) == "there is no Vulkan device arc: no device was found")
  }

  @Test("are chosen by kind, then by memory, then in their order, where none was asked for")
  func preferred() throws {
    var devices = try devices(["software", "integrated", "small", "large", "as large", "lacking"])
    for (number, (kind, memory)) in [
      (PhysicalDevice.Kind.software, 99), (.integrated, 64), (.discrete, 8), (.discrete, 16), (.discrete, 16),
      (.discrete, 48),
    ].enumerated() {
      (devices[number].kind, devices[number].deviceLocalBytes) = (kind, memory << 30)
    }
    devices[5].features.timelineSemaphore = false
    func chosen(_ devices: some Sequence<PhysicalDevice>) -> String? {
      PhysicalDevice.preferred(among: Array(devices))?.name
    }
    #expect(chosen(devices) == "large")
    #expect(chosen(devices.reversed()) == "as large")
    #expect(chosen(devices.prefix(2)) == "integrated")
    #expect(chosen(devices.prefix(1)) == nil)
  }
}
#endif
