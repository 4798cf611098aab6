import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

@Suite("Vulkan")
struct VulkanPresenceTests {
  @Test("has a device", .enabled(if: VulkanUnderTest.missing == nil, "\(VulkanUnderTest.missing ?? "")"))
  func present() {
    #expect(VulkanUnderTest.missing == nil)
  }
}

#if VULKAN
@Suite("Every operation on Vulkan", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct VulkanOpTableTests {
  @Test(
    "agrees with the float64 reference, within its memory, and without a word from validation",
    arguments: [false, true])
  func agreement(cardKernels: Bool) throws {
    // One device for all rows: opening one with validation takes longer than most rows.
    let backend = try VulkanUnderTest.backend(cardKernels: cardKernels)
    for row in OpTable.rows {
      let run = try RowRun(row, on: backend, real: .float32)
      let disagreement = try row.disagreement(of: run.output, with: row.reference())
      #expect(disagreement == nil, "\(row)")
      #expect(run.damage.isEmpty, "\(row)")
      let again = try RowRun(row, on: backend, real: .float32)
      #expect(run.output == again.output, "\(row): the same bits whenever it runs")
    }
    #expect(backend.validationMessages == [])
  }
}
#endif
