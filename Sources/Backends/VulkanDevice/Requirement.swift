/// The requirements that every device must meet.
///
/// Features that single kernels need, such as float64, are checked for those kernels.
package enum Requirement: String, CaseIterable, Sendable {
  case vulkan12 = "Vulkan 1.2"
  case computeQueue = "a compute queue"
  /// The host tracks the device's progress by one counter.
  case timelineSemaphore
  /// Needed by the kernels for GPUs; Vulkan 1.2 guarantees only 128.
  case invocations = "workgroups of 256 invocations"
  /// A fused kernel reads and writes several values; Vulkan guarantees only 4.
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
  /// The requirements that this device does not meet; empty if it can be opened.
  package var missing: [Requirement] { Requirement.allCases.filter { !$0.isMet(by: self) } }

  /// The same as text; nil for none.
  package var missingFeature: String? {
    let names = missing.map(\.rawValue)
    guard let last = names.last else { return nil }
    return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " and " + last
  }
}
