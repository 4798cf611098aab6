import CVulkan

/// A query pool of timestamps.
///
/// Not Sendable: owned by the isolation domain of its device.
package final class TimestampPool {
  package let count: Int

  private let device: LogicalDevice
  private let pool: DeviceObject
  var handle: VkQueryPool { pool.handle }
  var indices: Range<Int> { 0..<count }

  /// - Throws: `featureMissing` if the queue has no timestamps.
  init(_ device: LogicalDevice, count: Int) throws(VulkanError) {
    precondition(count > 0, "timestamp pool of \(count)")
    guard device.physicalDevice.limits.timestampValidBits > 0 else {
      throw .featureMissing(device: device.physicalDevice.name, feature: "timestamps on its compute queue")
    }
    var info = VkQueryPoolCreateInfo.make {
      $0.queryType = VK_QUERY_TYPE_TIMESTAMP
      $0.queryCount = UInt32(count)
    }
    let functions = device.functions
    pool = try DeviceObject(device, "vkCreateQueryPool", destroy: functions.destroyQueryPool) {
      functions.createQueryPool(device.handle, &info, nil, &$0)
    }
    self.device = device
    self.count = count
  }

  /// Nanoseconds until the device's clock overflows; nil for a clock of 64 bits.
  package var period: UInt64? {
    let limits = device.physicalDevice.limits
    return limits.timestampValidBits < 64
      ? UInt64(Double(UInt64(1) << UInt64(limits.timestampValidBits)) * limits.timestampPeriod) : nil
  }

  /// The first `count` times (by default all), in nanoseconds from an arbitrary origin.
  ///
  /// - Throws: `failed` with VK_NOT_READY if one was not written, or its submission not waited for.
  package func read(first count: Int? = nil) throws(VulkanError) -> [UInt64] {
    let count = count ?? self.count
    precondition(count > 0 && count <= self.count, "reading \(count) of \(self.count) timestamps")
    let stride = MemoryLayout<UInt64>.stride
    var ticks = [UInt64](repeating: 0, count: count)
    try check(
      device.functions.getQueryPoolResults(
        device.handle, handle, 0, UInt32(count), count * stride, &ticks, VkDeviceSize(stride),
        flags(VK_QUERY_RESULT_64_BIT)),
      "vkGetQueryPoolResults")
    let limits = device.physicalDevice.limits
    let mask = UInt64.max >> UInt64(64 - limits.timestampValidBits)
    return ticks.map { UInt64(Double($0 & mask) * limits.timestampPeriod) }
  }
}
