/// What Lemnos needs of a device: all of it, and nothing that a device is asked for otherwise.
///
/// What a kernel needs beyond, such as float64, is asked for where the kernel is.
package enum Requirement: String, CaseIterable, Sendable {
  case vulkan12 = "Vulkan 1.2"
  case computeQueue = "a compute queue"
  /// The host follows the device's progress by one counter.
  case timelineSemaphore
  /// The kernels for graphics cards; Vulkan 1.2 promises only 128.
  case invocations = "workgroups of 256 invocations"
  /// A fused kernel reads and writes several values; Vulkan promises only 4.
  case storageBuffers = "8 storage buffers in a shader"

  func isMet(by device: PhysicalDevice) -> Bool {
    switch self {
    case .vulkan12: device.apiVersion >= .v1_2
    case .computeQueue: device.computeQueueFamily != nil
    case .timelineSemaphore: device.features.timelineSemaphore
    case .invocations:
      device.limits.maxComputeWorkGroupInvocations >= 256 && device.limits.maxComputeWorkGroupSize >= 256
    case .storageBuffers: device.limits.maxStorageBuffers >= 8
    }
  }
}

extension PhysicalDevice {
  /// What Lemnos needs and this device lacks; none when it can be opened.
  package var missing: [Requirement] { Requirement.allCases.filter { !$0.isMet(by: self) } }

  /// The same in words, or nil.
  package var missingFeature: String? {
    let names = missing.map(\.rawValue)
    guard let last = names.last else { return nil }
    return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and " + last
  }
}
