import CVulkan

/// One of the kinds of memory that a device offers, as far as it matters here.
struct MemoryType: Sendable, Hashable {
  var isDeviceLocal = false
  var isHostVisible = false
  var isHostCoherent = false
  var isHostCached = false
  /// Carries a property, such as protected or lazily allocated, which ordinary buffers must not have.
  var isSpecial = false
  /// The index of the heap that it is taken from.
  var heap = 0
}

extension MemoryType {
  init(_ type: VkMemoryType) {
    func has(_ bit: VkMemoryPropertyFlagBits) -> Bool { type.propertyFlags & bit.rawValue != 0 }
    heap = Int(type.heapIndex)
    isDeviceLocal = has(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT)
    isHostVisible = has(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)
    isHostCoherent = has(VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)
    isHostCached = has(VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
    let ordinary = flags(
      VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
      VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, VK_MEMORY_PROPERTY_HOST_CACHED_BIT)
    isSpecial = type.propertyFlags & ~ordinary != 0
  }
}

/// What a buffer is for, which decides the memory that it lives in.
package enum MemoryKind: Sendable, Hashable {
  /// Fastest for shaders; the host cannot see it.
  case device
  /// The host writes, the device reads.
  case upload
  /// The device writes, the host reads.
  case readback
}

extension MemoryKind {
  var isHostVisible: Bool { self != .device }

  /// The index of the best of `types`, or nil when none will do.
  ///
  /// Bit i of `allowed` is set when type i may hold the buffer. Among equals the first wins, because drivers list
  /// the one that they prefer first.
  func bestType(of types: [MemoryType], allowed: UInt32) -> Int? {
    let candidates = types.indices.filter { allowed >> UInt32($0) & 1 == 1 && accepts(types[$0]) }
    return candidates.max { left, right in
      // `max` keeps the last of equals, so an equal that comes later counts as worse.
      let (worth, other) = (self.worth(types[left]), self.worth(types[right]))
      return worth == other ? left > right : worth < other
    }
  }

  private func accepts(_ type: MemoryType) -> Bool {
    !type.isSpecial && (!isHostVisible || type.isHostVisible && type.isHostCoherent)
  }

  private func worth(_ type: MemoryType) -> Int {
    switch self {
    // Device memory that the host sees is often a window of only 256 MB: leave it to those who need it.
    case .device: (type.isDeviceLocal ? 2 : 0) + (type.isHostVisible ? 0 : 1)
    // Written once, in order: write-combined memory is as fast as cached, and leaves the caches alone.
    case .upload: (type.isDeviceLocal ? 0 : 2) + (type.isHostCached ? 0 : 1)
    // Reading uncached memory is tens of times slower.
    case .readback: (type.isHostCached ? 2 : 0) + (type.isDeviceLocal ? 0 : 1)
    }
  }
}
