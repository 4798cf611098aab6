/// Memory in which messages arrive; it goes back to its pool when nobody needs it.
final class Scratch {
  let floats: UnsafeMutablePointer<Float>
  fileprivate let capacity: Int
  private weak var pool: ScratchPool?

  fileprivate init(_ floats: UnsafeMutablePointer<Float>, capacity: Int, _ pool: ScratchPool) {
    (self.floats, self.capacity, self.pool) = (floats, capacity, pool)
  }

  deinit {
    if let pool { pool.give(floats, capacity) } else { floats.deallocate() }
  }
}

/// Memory of collectives that are done, for the next: fresh pages of the system would cost more than the messages in them.
final class ScratchPool {
  private var free: [(floats: UnsafeMutablePointer<Float>, capacity: Int)] = []

  deinit { for block in free { block.floats.deallocate() } }

  func take(floats count: Int) -> Scratch {
    // Powers of two, so that buckets of similar sizes share blocks.
    var capacity = 1024
    while capacity < count { capacity *= 2 }
    if let index = free.firstIndex(where: { $0.capacity == capacity }) {
      return Scratch(free.remove(at: index).floats, capacity: capacity, self)
    }
    return Scratch(.allocate(capacity: capacity), capacity: capacity, self)
  }

  fileprivate func give(_ floats: UnsafeMutablePointer<Float>, _ capacity: Int) {
    free.append((floats, capacity))
  }
}
