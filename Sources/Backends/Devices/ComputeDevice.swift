#if VULKAN
import Files
import VulkanBackend
import VulkanDevice
import Wording
#endif

/// A Vulkan device, described for users to choose from.
public struct ComputeDevice: Hashable, Sendable {
  /// The position in `all`.
  public let number: Int
  public let name: String

  /// The device's UUID, independent of its number: 32 hexadecimal digits in five groups.
  public let uuid: String

  /// "discrete", "integrated", "virtual", "software" or "other".
  public let kind: String
  public let driver: String
  public let apiVersion: String

  /// Bytes of device-local memory.
  public let memory: Int

  /// The PCI vendor ID.
  public let vendor: Int

  /// The limits of shaders, such as "32 KiB of shared memory".
  public let limits: [String]

  /// True for a GPU, false for a CPU driver of Vulkan.
  public let isRealGPU: Bool

  /// True if gradients can be checked on it in float64.
  public let hasFloat64: Bool

  /// The optional features it has, such as "float64".
  public let offers: [String]

  /// The optional features it lacks.
  public let lacks: [String]

  /// Kernels that its driver computes wrongly, as found by the self-test of `lemnos doctor`: others replace
  /// them.
  public let quarantined: [String]

  /// A required feature that it lacks; nil if it can be used.
  public let missingFeature: String?

  /// The version of the Vulkan loader.
  ///
  /// - Throws: `BackendUnavailable` if there is none.
  public static func loaderVersion() throws(BackendUnavailable) -> String {
    #if VULKAN
    do {
      return "\(try Instance.loaderVersion())"
    } catch {
      throw BackendUnavailable(reason: "\(error)")
    }
    #else
    throw .notBuilt
    #endif
  }

  /// All Vulkan devices.
  ///
  /// - Throws: `BackendUnavailable` without a loader or a driver.
  public static func all() throws(BackendUnavailable) -> [ComputeDevice] {
    #if VULKAN
    do {
      return try VulkanBackend.devices().map(ComputeDevice.init)
    } catch {
      throw BackendUnavailable(reason: "\(error)")
    }
    #else
    throw .notBuilt
    #endif
  }
}

#if VULKAN
extension ComputeDevice {
  init(_ device: PhysicalDevice) {
    number = device.index
    name = device.name
    let digits = device.deviceUUID.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
    uuid = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-")
    kind = "\(device.kind)"
    driver = "\(device.driverName) \(device.driverVersion)"
    apiVersion = "\(device.apiVersion)"
    memory = device.deviceLocalBytes
    vendor = Int(device.vendorID)
    limits = [
      "subgroups of \(device.limits.subgroupSize)",
      "workgroups of \(device.limits.maxComputeWorkGroupInvocations)",
      "\(device.limits.maxComputeSharedMemory) bytes of shared memory",
      "\(device.limits.maxStorageBuffers) buffers of \(Int(device.limits.maxStorageBufferRange).inMegabytes())",
    ]
    isRealGPU = device.isRealGPU
    hasFloat64 = device.features.shaderFloat64
    missingFeature = device.missingFeature
    let optional = [
      ("float64", device.features.shaderFloat64), ("float16", device.features.shaderFloat16),
      ("16-bit storage", device.features.storageBuffer16Bit), ("memory budget", device.hasMemoryBudget),
      ("timestamps", device.limits.timestampValidBits > 0),
      ("cooperative matrices", !device.cooperativeMatrices.isEmpty),
    ]
    offers = optional.filter(\.1).map(\.0)
    lacks = optional.filter { !$0.1 }.map(\.0)
    quarantined = Quarantine(of: device, in: .standard).variants.map(\.name)
  }
}
#endif
