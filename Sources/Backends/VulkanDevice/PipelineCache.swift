import CVulkan

/// The driver's pipeline cache, which can be saved between runs.
struct PipelineCache {
  let object: DeviceObject
  private let device: LogicalDevice

  /// Starts from `data`, the `bytes` of an earlier run, or empty.
  ///
  /// Drivers ignore data of another device or driver, but may crash on damaged data: check its integrity
  /// first.
  init(_ device: LogicalDevice, _ data: [UInt8]) throws(VulkanError) {
    let scratch = Scratch()
    defer { scratch.free() }
    var info = VkPipelineCacheCreateInfo.make {
      $0.initialDataSize = data.count
      $0.pInitialData = scratch.array(data).map { UnsafeRawPointer($0) }
    }
    let functions = device.functions
    object = try DeviceObject(device, "vkCreatePipelineCache", destroy: functions.destroyPipelineCache) {
      functions.createPipelineCache(device.handle, &info, nil, &$0)
    }
    self.device = device
  }

  var bytes: [UInt8] {
    get throws(VulkanError) {
      let call = "vkGetPipelineCacheData"
      var count = 0
      try check(device.functions.getPipelineCacheData(device.handle, object.handle, &count, nil), call)
      var bytes = [UInt8](repeating: 0, count: count)
      try check(device.functions.getPipelineCacheData(device.handle, object.handle, &count, &bytes), call)
      return Array(bytes.prefix(count))
    }
  }
}

extension PhysicalDevice {
  /// True if bytes have the pipeline cache header of this device's driver.
  ///
  /// Drivers must check this themselves, but some do not.
  ///
  /// - SeeAlso: `VkPipelineCacheHeaderVersionOne` in the Vulkan specification.
  package func accepts(_ pipelineCache: [UInt8]) -> Bool {
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(pipelineCache[4 * index + $1]) << UInt32(8 * $1) }
    }
    guard pipelineCache.count >= 32 else { return false }
    return word(0) == 32 && word(1) == 1 && word(2) == vendorID
      && word(3) == deviceID && Array(pipelineCache[16..<32]) == pipelineCacheUUID
  }
}
