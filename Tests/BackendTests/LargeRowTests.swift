import CPUBackend
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// Beyond 65,535 iterations llvmpipe leaves a shader's loops without a word: these rows are what would show it.
@Suite("Large extents", .serialized)
struct LargeRowTests {
  @Test("agree with the float64 reference on the CPU", arguments: OpTable.large)
  func processor(_ row: OpRow) throws {
    let run = try RowRun(row, on: CPUBackend(), real: .float32)
    let disagreement = try row.disagreement(of: run.output, with: row.reference())
    #expect(disagreement == nil)
    #expect(run.damage.isEmpty)
  }

  #if VULKAN
  @Test(
    "agree with it on Vulkan, fused or not",
    .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"),
    arguments: [
      (cards: false, fuses: true), (cards: false, fuses: false), (cards: true, fuses: true),
      (cards: true, fuses: false),
    ])
  func vulkan(form: (cards: Bool, fuses: Bool)) throws {
    let backend = try VulkanBackend(cardKernels: form.cards, fuses: form.fuses, cache: nil)
    for row in OpTable.large {
      let run = try RowRun(row, on: backend, real: .float32)
      let disagreement = try row.disagreement(of: run.output, with: row.reference())
      #expect(disagreement == nil, "\(row)")
      #expect(run.damage.isEmpty, "\(row)")
    }
  }
  #endif
}
