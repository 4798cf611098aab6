/// What two neighbouring tokens are merged to, and how early.
struct PairTable: Sendable {
  struct Entry: Sendable {
    /// The order of merges: the least goes first.
    var rank: Int32
    /// The token that the two become.
    var result: Int32
  }

  // Open addressing: a pair and its entry lie beside each other, so that most look-ups touch one line of the cache.
  private struct Slot: Sendable {
    var pair: UInt64
    var entry: Entry
  }

  private var slots: [Slot]
  private let mask: Int

  /// No pair: ids are not negative.
  private static let free = UInt64.max

  init(capacity: Int) {
    var count = 16
    while count < 2 * capacity { count *= 2 }
    slots = [Slot](repeating: Slot(pair: PairTable.free, entry: Entry(rank: -1, result: -1)), count: count)
    mask = count - 1
  }

  @inline(__always)
  static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// - Returns: false if the pair is there already.
  @discardableResult
  mutating func insert(_ left: Int32, _ right: Int32, _ entry: Entry) -> Bool {
    let pair = PairTable.pair(left, right)
    var slot = Int(truncatingIfNeeded: ByteHash.mixed(pair)) & mask
    while slots[slot].pair != PairTable.free {
      if slots[slot].pair == pair { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = Slot(pair: pair, entry: entry)
    return true
  }

  @inline(__always)
  subscript(left: Int32, right: Int32) -> Entry? {
    let pair = PairTable.pair(left, right)
    var slot = Int(truncatingIfNeeded: ByteHash.mixed(pair)) & mask
    return slots.withUnsafeBufferPointer { slots in
      while slots[slot].pair != pair {
        if slots[slot].pair == PairTable.free { return nil }
        slot = (slot + 1) & mask
      }
      return slots[slot].entry
    }
  }
}
