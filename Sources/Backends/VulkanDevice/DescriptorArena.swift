import CVulkan

/// A descriptor pool for a known number of bindings, freed as a whole with the arena and its last `Bindings`.
///
/// Ordinary descriptor sets, not push descriptors: with the latter GPU-assisted validation gives wrong results.
package final class DescriptorArena {
  private let device: LogicalDevice
  private let pool: DeviceObject
  private var freeSets: Int
  private var freeDescriptors: Int

  init(_ device: LogicalDevice, sets: Int, descriptors: Int) throws(VulkanError) {
    precondition(sets > 0 && descriptors > 0, "descriptor arena of \(sets) sets, \(descriptors) descriptors")
    let scratch = Scratch()
    defer { scratch.free() }
    let size = VkDescriptorPoolSize(
      type: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptorCount: UInt32(descriptors))
    var info = VkDescriptorPoolCreateInfo.make {
      $0.maxSets = UInt32(sets)
      $0.poolSizeCount = 1
      $0.pPoolSizes = scratch.array([size])
    }
    let functions = device.functions
    pool = try DeviceObject(device, "vkCreateDescriptorPool", destroy: functions.destroyDescriptorPool) {
      functions.createDescriptorPool(device.handle, &info, nil, &$0)
    }
    self.device = device
    (freeSets, freeDescriptors) = (sets, descriptors)
  }

  /// Allocates a descriptor set with slices at bindings 0, 1 and so on.
  ///
  /// Compatible with `pipeline` and every other pipeline with as many buffers.
  package func bind(_ pipeline: ComputePipeline, _ slices: [BufferSlice]) throws(VulkanError) -> Bindings {
    precondition(
      slices.count == pipeline.bufferCount,
      "pipeline \(pipeline.label) takes \(pipeline.bufferCount) buffers, \(slices.count) were given")
    precondition(
      freeSets > 0 && freeDescriptors >= slices.count,
      "descriptor arena is full: \(freeSets) sets and \(freeDescriptors) descriptors left")
    for slice in slices { device.physicalDevice.limits.checkBindable(slice, by: pipeline) }

    let set = try allocateSet(pipeline.setLayout)
    freeSets -= 1
    freeDescriptors -= slices.count
    write(slices, to: set)
    return Bindings(set: set, slices: slices, setLayout: pipeline.setLayout, arena: self)
  }
}

extension DescriptorArena {
  private func allocateSet(_ layout: DeviceObject) throws(VulkanError) -> VkDescriptorSet {
    let scratch = Scratch()
    defer { scratch.free() }
    var info = VkDescriptorSetAllocateInfo.make {
      $0.descriptorPool = pool.handle
      $0.descriptorSetCount = 1
      $0.pSetLayouts = scratch.array([layout.handle])
    }
    return try create("vkAllocateDescriptorSets") {
      device.functions.allocateDescriptorSets(device.handle, &info, &$0)
    }
  }

  private func write(_ slices: [BufferSlice], to set: VkDescriptorSet) {
    let scratch = Scratch()
    defer { scratch.free() }
    let writes = slices.enumerated().map { binding, slice in
      let range = VkDescriptorBufferInfo(
        buffer: slice.buffer.handle, offset: VkDeviceSize(slice.offset), range: VkDeviceSize(slice.byteCount))
      return VkWriteDescriptorSet.make {
        $0.dstSet = set
        $0.dstBinding = UInt32(binding)
        $0.descriptorCount = 1
        $0.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
        $0.pBufferInfo = scratch.array([range])
      }
    }
    device.functions.updateDescriptorSets(device.handle, UInt32(writes.count), writes, 0, nil)
    device.counters.descriptorSets += 1
  }
}

extension PhysicalDevice.Limits {
  fileprivate func checkBindable(_ slice: BufferSlice, by pipeline: ComputePipeline) {
    precondition(
      slice.offset.isMultiple(of: minStorageBufferOffsetAlignment),
      "pipeline \(pipeline.label): offset \(slice.offset) in buffer \(slice.buffer.label) is no multiple of "
        + "\(minStorageBufferOffsetAlignment)")
    precondition(
      slice.byteCount <= maxStorageBufferRange,
      "pipeline \(pipeline.label): \(slice.byteCount) bytes of buffer \(slice.buffer.label), but this device "
        + "binds at most \(maxStorageBufferRange)")
  }
}
