import Testing

@testable import VulkanDevice

@Suite("Choice of memory")
struct MemoryTypeTests {
  private static let hidden = MemoryType(isDeviceLocal: true)
  private static let host = MemoryType(isHostVisible: true, isHostCoherent: true)
  private static let cachedHost = MemoryType(isHostVisible: true, isHostCoherent: true, isHostCached: true)
  private static let window = MemoryType(isDeviceLocal: true, isHostVisible: true, isHostCoherent: true)
  private static let unified = MemoryType(
    isDeviceLocal: true, isHostVisible: true, isHostCoherent: true, isHostCached: true)
  private static let everything: UInt32 = .max

  @Test("a discrete GPU: its own memory, write-combined uploads, cached readbacks")
  func discrete() {
    let types = [Self.host, Self.window, Self.hidden, Self.cachedHost]
    #expect(MemoryKind.device.bestType(of: types, allowed: Self.everything) == 2)
    #expect(MemoryKind.upload.bestType(of: types, allowed: Self.everything) == 0)
    #expect(MemoryKind.readback.bestType(of: types, allowed: Self.everything) == 3)
  }

  @Test("unified memory serves for everything", arguments: [MemoryKind.device, .upload, .readback])
  func unified(kind: MemoryKind) {
    #expect(kind.bestType(of: [Self.unified], allowed: Self.everything) == 0)
  }

  @Test("among equals the first")
  func ties() {
    let types = [Self.host, Self.hidden, Self.hidden]
    #expect(MemoryKind.device.bestType(of: types, allowed: Self.everything) == 1)
  }

  @Test("types that the buffer does not allow, special ones and incoherent ones are left out")
  func refused() {
    #expect(MemoryKind.device.bestType(of: [Self.hidden, Self.host], allowed: 0b10) == 1)
    var lazy = Self.hidden
    lazy.isSpecial = true
    #expect(MemoryKind.device.bestType(of: [lazy, Self.host], allowed: Self.everything) == 1)
    var incoherent = Self.cachedHost
    incoherent.isHostCoherent = false
    #expect(MemoryKind.readback.bestType(of: [incoherent, Self.host], allowed: Self.everything) == 1)
    #expect(MemoryKind.upload.bestType(of: [Self.hidden], allowed: Self.everything) == nil)
  }
}
