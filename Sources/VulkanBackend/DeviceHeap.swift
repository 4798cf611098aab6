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

  /// How much device memory it would take to allocate some states.
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

  /// Where a state goes when a block of some size is used up to some place; `newBlock` is the size of the block that it
  /// begins, if it does.
  private static func place(
    _ byteCount: Int, after used: Int, in size: Int
  ) -> (offset: Int, end: Int, newBlock: Int) {
    let needed = Program.aligned(max(byteCount, 4))
    if used + needed <= size { return (used, used + needed, 0) }
    // A small program should not take 64 MiB: blocks grow with what has been asked for.
    return (0, needed, max(needed, min(DeviceHeap.blockByteCount, max(1 << 20, 2 * used))))
  }
}
