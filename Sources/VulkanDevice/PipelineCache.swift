import CVulkan

/// The driver's memory of compiled pipelines, which can be kept between runs of the program.
struct PipelineCache {
  let object: DeviceObject
  private let device: LogicalDevice

  /// Begins with `data`, which is what `bytes` gave earlier, or empty.
  ///
  /// A driver ignores data of another device or driver, but not damaged data: check that it is whole before.
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
  /// Whether bytes begin as this device's driver begins what it makes of pipelines.
  ///
  /// Drivers have to check that themselves, and some do not.
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
