import CVulkan

/// Device memory for shaders and copies; freed with its last reference.
///
/// Not Sendable: owned by the isolation domain of its device.
package final class Buffer {
  package let byteCount: Int
  package let memory: MemoryKind
  package let label: String
  /// The mapped memory, valid as long as the buffer; nil for `.device` memory.
  ///
  /// Host writes are visible to work submitted afterwards. Device writes are visible once `wait(for:)` has
  /// returned.
  package let contents: UnsafeMutableRawBufferPointer?

  let handle: VkBuffer
  private let object: DeviceObject
  private let allocation: DeviceObject
  private let device: LogicalDevice

  init(_ device: LogicalDevice, byteCount: Int, _ memory: MemoryKind, label: String) throws(VulkanError) {
    precondition(byteCount > 0, "buffer \(label): \(byteCount) bytes")
    let largest = memory == .device ? device.faults.largestBuffer ?? .max : .max
    guard byteCount <= min(device.physicalDevice.limits.maxBufferSize, largest) else {
      throw .outOfDeviceMemory(requested: byteCount, label: label)
    }
    if memory == .device, let limit = device.faults.memoryLimit, device.allocatedByteCount + byteCount > limit
    {
      throw .outOfDeviceMemory(requested: byteCount, label: label)
    }
    let functions = device.functions
    object = try Self.makeObject(device, byteCount)
    allocation = try Self.allocate(for: object, byteCount, device, memory, label)
    try check(
      functions.bindBufferMemory(device.handle, object.handle, allocation.handle, 0), "vkBindBufferMemory")
    contents = memory.isHostVisible ? try Self.map(allocation, byteCount, device) : nil
    device.setName(label, of: object.handle, VK_OBJECT_TYPE_BUFFER)
    device.counters.allocations += 1
    device.counters.allocatedByteCount += byteCount
    handle = object.handle
    (self.byteCount, self.memory, self.label) = (byteCount, memory, label)
    self.device = device
    if memory == .device { device.allocatedByteCount += byteCount }
  }

  deinit {
    if memory == .device { device.allocatedByteCount -= byteCount }
  }
}

extension Buffer {
  private static func makeObject(
    _ device: LogicalDevice, _ byteCount: Int
  ) throws(VulkanError) -> DeviceObject {
    var info = VkBufferCreateInfo.make {
      $0.size = VkDeviceSize(byteCount)
      $0.usage = flags(
        VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
        VK_BUFFER_USAGE_TRANSFER_DST_BIT)
    }
    return try DeviceObject(device, "vkCreateBuffer", destroy: device.functions.destroyBuffer) {
      device.functions.createBuffer(device.handle, &info, nil, &$0)
    }
  }

  private static func allocate(
    for buffer: DeviceObject, _ byteCount: Int, _ device: LogicalDevice, _ memory: MemoryKind, _ label: String
  ) throws(VulkanError) -> DeviceObject {
    var needs = VkMemoryRequirements()
    device.functions.getBufferMemoryRequirements(device.handle, buffer.handle, &needs)
    let types = device.physicalDevice.memoryTypes
    guard let type = memory.bestType(of: types, allowed: needs.memoryTypeBits) else {
      throw .featureMissing(device: device.physicalDevice.name, feature: "\(memory) memory for buffers")
    }
    var info = VkMemoryAllocateInfo.make {
      $0.allocationSize = needs.size
      $0.memoryTypeIndex = UInt32(type)
    }
    do {
      return try DeviceObject(device, "vkAllocateMemory", destroy: device.functions.freeMemory) {
        device.functions.allocateMemory(device.handle, &info, nil, &$0)
      }
    } catch .failed(_, let code)
      where [VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_OUT_OF_HOST_MEMORY].contains(VkResult(code))
    {
      throw .outOfDeviceMemory(requested: byteCount, label: label)
    }
  }

  /// Maps all of `allocation`; freeing the memory unmaps it.
  private static func map(
    _ allocation: DeviceObject, _ byteCount: Int, _ device: LogicalDevice
  ) throws(VulkanError) -> UnsafeMutableRawBufferPointer {
    var address: UnsafeMutableRawPointer?
    try check(
      device.functions.mapMemory(device.handle, allocation.handle, 0, VkDeviceSize(byteCount), 0, &address),
      "vkMapMemory")
    return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
  }
}
