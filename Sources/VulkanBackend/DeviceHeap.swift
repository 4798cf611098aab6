import Programs
import VulkanDevice

/// Memory for states: parts of a few large blocks, because devices allow only some thousands of allocations.
final class DeviceHeap {
  private let device: Device
  private var block: Buffer?
  private var used = 0

  private static let blockByteCount = 64 << 20

  init(_ device: Device) { self.device = device }

  /// A slice of at least `byteCount` bytes, in whole words.
  func allocate(byteCount: Int, label: String) throws(VulkanError) -> BufferSlice {
    let size = Program.aligned(max(byteCount, 4))
    let block: Buffer
    if let current = self.block, used + size <= current.byteCount {
      block = current
    } else {
      // A small program should not take 64 MiB: blocks grow with what has been asked for.
      let wanted = max(size, min(DeviceHeap.blockByteCount, max(1 << 20, 2 * used)))
      block = try device.makeBuffer(byteCount: wanted, memory: .device, label: "states from \(label)")
      self.block = block
      used = 0
    }
    defer { used += size }
    return BufferSlice(block, offset: used, byteCount: (max(byteCount, 4) + 3) / 4 * 4)
  }
}
