#if VULKAN
import Execution
import Programs
import Tensors
import TestSupport
import Testing
import VulkanDevice

@testable import VulkanBackend

/// The matrix units of the test device.
private enum DeviceMatrixUnits {
  /// The formats that the device reports matrix units for, before they are verified.
  static let precisions: [Precision] = {
    guard VulkanUnderTest.missing == nil,
      let backend = try? VulkanBackend(cardKernels: true, cache: nil, matrixUnits: .unchecked)
    else { return [] }
    return Precision.allCases.filter { backend.hasMatrixUnits(for: $0) }
  }()

  static let missing: String? =
    VulkanUnderTest.missing ?? (precisions.isEmpty ? "the device has no matrix units" : nil)
}

/// The precompiled SPIR-V modules on a device with matrix units: a GPU, or a newer lavapipe.
@Suite(
  "Products by the device's matrix units",
  .enabled(if: DeviceMatrixUnits.missing == nil, "\(DeviceMatrixUnits.missing ?? "")"), .serialized)
struct DeviceMatrixUnitTests {
  private func backend(_ validation: Validation = VulkanUnderTest.validation) throws -> VulkanBackend {
    try VulkanUnderTest.backend(validation: validation, cardKernels: true, matrixUnits: .unchecked)
  }

  @Test(
    "agree with the reference, however the factors lie, without a word of validation",
    arguments: DeviceMatrixUnits.precisions)
  func matrices(precision: Precision) throws {
    let backend = try backend()
    for (m, k, n) in [(16, 16, 16), (67, 71, 131), (64, 96, 64), (130, 33, 17)] {
      let program = try MatrixUnitCases.products(precision, m, k, n)
      try MatrixUnitCases.agree(program, precision, on: backend, count: 1)
    }
    #expect(backend.validationMessages == [])
  }

  @Test("agree with the reference in all passes of convolution", arguments: DeviceMatrixUnits.precisions)
  func images(precision: Precision) throws {
    let backend = try backend(.off)
    for geometry in [
      WindowGeometry(padding: [1, 1, 1, 1]),
      WindowGeometry(stride: [1, 2], padding: [2, 1, 0, 1], dilation: [2, 3]),
    ] {
      for groups in [1, 2] {
        let program = try MatrixUnitCases.convolutions(precision, geometry, groups: groups)
        try MatrixUnitCases.agree(program, precision, on: backend, count: 3)
      }
    }
  }

  @Test("are found right by the check that comes before their use", arguments: DeviceMatrixUnits.precisions)
  func checked(precision: Precision) throws {
    let backend = try VulkanBackend(cardKernels: true, cache: nil, matrixUnits: .checked)
    #expect(backend.hasMatrixUnits(for: precision))
  }
}
#endif
