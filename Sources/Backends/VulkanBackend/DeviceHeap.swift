import Programs
import VulkanDevice

/// Suballocates states from a few large blocks, because devices allow only some thousands of allocations.
final class DeviceHeap {
  private let device: Device
  private var block: Buffer?
  private var used = 0

  private static let blockByteCount = 64 << 20

  init(_ device: Device) { self.device = device }

  /// Allocates a slice of at least `byteCount` bytes, in whole words.
  func allocate(byteCount: Int, label: String) throws(VulkanError) -> BufferSlice {
    let place = DeviceHeap.place(byteCount, after: used, in: self.block?.byteCount ?? 0)
    let block: Buffer
    if place.newBlock == 0, let current = self.block {
      block = current
    } else {
      block = try device.makeBuffer(byteCount: place.newBlock, memory: .device, label: "states from \(label)")
      self.block = block
    }
    used = place.end
    return BufferSlice(
      block, offset: place.offset, byteCount: (max(byteCount, 4) + 3) / 4 * 4)
  }

  /// The device memory that allocating some states would add.
  func growth(for byteCounts: [Int]) -> Int {
    var (used, size, growth) = (used, block?.byteCount ?? 0, 0)
    for byteCount in byteCounts {
      let place = DeviceHeap.place(byteCount, after: used, in: size)
      growth += place.newBlock
      if place.newBlock > 0 { size = place.newBlock }
      used = place.end
    }
    return growth
  }

  /// The position of a state in a block of `size` bytes of which `used` are taken; `newBlock` is the size of
  /// the block to allocate, 0 for none.
  private static func place(
    _ byteCount: Int, after used: Int, in size: Int
  ) -> (offset: Int, end: Int, newBlock: Int) {
    let needed = Program.aligned(max(byteCount, 4))
    if used + needed <= size { return (used, used + needed, 0) }
    // Blocks grow with use, so that a small program does not take 64 MiB.
    return (0, needed, max(needed, min(DeviceHeap.blockByteCount, max(1 << 20, 2 * used))))
  }
}
