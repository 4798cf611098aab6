#if VULKAN
import Foundation
package import VulkanBackend
package import VulkanDevice

/// The Vulkan backend for tests: any device, with validation.
package enum VulkanUnderTest {
  /// The reason why there is no device, in one line, or nil.
  package static let missing: String? = {
    do {
      _ = try VulkanBackend(cache: nil)
      return nil
    } catch {
      return "\(error)"
    }
  }()

  /// The reason why there is no device with float64, or nil.
  package static let missingFloat64: String? =
    missing
    ?? ((try? VulkanBackend(cache: nil).hasFloat64) == true ? nil : "the Vulkan device has no float64")

  /// The default of tests without a preference: true for the GPU kernels, also on a CPU:
  /// `LEMNOS_TEST_CARD_KERNELS=1`.
  private static let cardKernels: Bool? =
    ProcessInfo.processInfo.environment["LEMNOS_TEST_CARD_KERNELS"] == "1" ? true : nil

  /// The default validation of tests: synchronization or, with `LEMNOS_TEST_VALIDATION=shared-memory`, races
  /// in shared memory.
  package static let validation: Validation =
    ProcessInfo.processInfo.environment["LEMNOS_TEST_VALIDATION"] == "shared-memory"
    ? .sharedMemory : .synchronization

  package static func backend(
    seed: UInt64 = 0, validation: Validation = validation, cardKernels: Bool? = nil,
    subgroups: Bool = true, fuses: Bool = true, float64: Bool = true, submitLimit: Duration? = nil,
    matrixUnits: MatrixUnitUse = .checked
  ) throws -> VulkanBackend {
    func open(_ validation: Validation) throws -> VulkanBackend {
      // Without a cache: tests use the kernels of this build, and leave the user's folder alone.
      try VulkanBackend(
        seed: seed, validation: validation, cardKernels: cardKernels ?? Self.cardKernels,
        subgroups: subgroups, fuses: fuses,
        float64: float64, cache: nil, matrixUnits: matrixUnits, submitLimit: submitLimit)
    }
    do { return try open(validation) } catch VulkanError.validationLayerMissing { return try open(.off) }
  }
}
#else
/// Built without Vulkan.
package enum VulkanUnderTest {
  package static let missing: String? =
    "this package was built without Vulkan; Tools/setup installs what it needs"
  package static let missingFloat64 = missing
}
#endif
