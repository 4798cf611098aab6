/// Memory in which messages arrive; it goes back to its pool when nobody needs it.
final class Scratch {
  private let bytes: UnsafeMutableRawPointer
  private let capacity: Int
  private weak var pool: ScratchPool?

  fileprivate init(_ bytes: UnsafeMutableRawPointer, capacity: Int, _ pool: ScratchPool) {
    (self.bytes, self.capacity, self.pool) = (bytes, capacity, pool)
  }

  deinit {
    if let pool { pool.give(bytes, capacity) } else { bytes.deallocate() }
  }

  /// The memory as numbers of a type that needs no initialization.
  func numbers<Element: SumElement>(_ type: Element.Type = Element.self) -> UnsafeMutablePointer<Element> {
    bytes.bindMemory(to: Element.self, capacity: capacity / MemoryLayout<Element>.size)
  }
}

/// Memory of collectives that are done, for the next: fresh pages of the system would cost more than the messages in them.
final class ScratchPool {
  private var free: [(bytes: UnsafeMutableRawPointer, capacity: Int)] = []

  deinit { for block in free { block.bytes.deallocate() } }

  func take(byteCount: Int) -> Scratch {
    // Powers of two, so that buckets of similar sizes share blocks.
    var capacity = 4096
    while capacity < byteCount { capacity *= 2 }
    if let index = free.firstIndex(where: { $0.capacity == capacity }) {
      return Scratch(free.remove(at: index).bytes, capacity: capacity, self)
    }
    return Scratch(.allocate(byteCount: capacity, alignment: 64), capacity: capacity, self)
  }

  fileprivate func give(_ bytes: UnsafeMutableRawPointer, _ capacity: Int) {
    free.append((bytes, capacity))
  }
}
