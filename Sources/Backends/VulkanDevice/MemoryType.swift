import CVulkan

/// A Vulkan memory type, reduced to the relevant properties.
struct MemoryType: Sendable, Hashable {
  var isDeviceLocal = false
  var isHostVisible = false
  var isHostCoherent = false
  var isHostCached = false
  /// True for a property, such as protected or lazily allocated, that excludes ordinary buffers.
  var isSpecial = false
  /// The index of its heap.
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

/// The use of a buffer, which determines its memory type.
package enum MemoryKind: Sendable, Hashable {
  /// Fastest for shaders; not host-visible.
  case device
  /// The host writes, the device reads.
  case upload
  /// The device writes, the host reads.
  case readback
}

extension MemoryKind {
  var isHostVisible: Bool { self != .device }

  /// The index of the best of `types`; nil if none is acceptable.
  ///
  /// Bit i of `allowed` is set if type i may hold the buffer. Among equals the first wins, because drivers
  /// list the preferred one first.
  func bestType(of types: [MemoryType], allowed: UInt32) -> Int? {
    let candidates = types.indices.filter { allowed >> UInt32($0) & 1 == 1 && accepts(types[$0]) }
    return candidates.max { left, right in
      // `max` returns the last of equals, so a later equal counts as worse.
      let (worth, other) = (self.worth(types[left]), self.worth(types[right]))
      return worth == other ? left > right : worth < other
    }
  }

  private func accepts(_ type: MemoryType) -> Bool {
    !type.isSpecial && (!isHostVisible || type.isHostVisible && type.isHostCoherent)
  }

  private func worth(_ type: MemoryType) -> Int {
    switch self {
    // Host-visible device memory is often a window of only 256 MB: avoid it where the host needs no access.
    case .device: (type.isDeviceLocal ? 2 : 0) + (type.isHostVisible ? 0 : 1)
    // Written once, sequentially: write-combined memory is as fast as cached memory, and does not pollute
    // caches.
    case .upload: (type.isDeviceLocal ? 0 : 2) + (type.isHostCached ? 0 : 1)
    // Reading uncached memory is tens of times slower.
    case .readback: (type.isHostCached ? 2 : 0) + (type.isDeviceLocal ? 0 : 1)
    }
  }
}
