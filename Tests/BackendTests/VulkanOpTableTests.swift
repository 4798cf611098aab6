import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
import VulkanDevice
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
    arguments: [
      (cards: false, subgroups: true), (cards: false, subgroups: false), (cards: true, subgroups: true),
    ])
  func agreement(form: (cards: Bool, subgroups: Bool)) throws {
    // One device for all rows: opening one with validation takes longer than most rows.
    try agreement(
      of: OpTable.rows, on: VulkanUnderTest.backend(cardKernels: form.cards, subgroups: form.subgroups))
  }

  // A subset: instrumented shaders take seconds each to compile.
  @Test("does so when the shaders are instrumented")
  func instrumented() throws {
    let rows = OpTable.rows.enumerated().filter { $0.offset % 16 == 0 }.map(\.element)
    try agreement(of: rows, on: VulkanUnderTest.backend(validation: .full))
  }

  private func agreement(of rows: [OpRow], on backend: VulkanBackend) throws {
    for row in rows {
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
