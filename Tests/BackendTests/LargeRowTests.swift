import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

#if VULKAN
import VulkanBackend
#endif

/// llvmpipe silently ends a shader's loop after 65,535 iterations: these rows would reveal it.
@Suite("Large extents")
struct LargeRowTests {
  private func backends() throws -> [(name: String, backend: any Backend)] {
    var backends: [(name: String, backend: any Backend)] = [("accelerated", CPUBackend())]
    #if VULKAN
    guard VulkanUnderTest.missing == nil else { return backends }
    for cards in [false, true] {
      for fuses in [false, true] {
        let backend = try VulkanBackend(cardKernels: cards, fuses: fuses, cache: nil)
        backends.append(("Vulkan, \(cards ? "cards" : "processors"), fused \(fuses)", backend))
      }
    }
    #endif
    return backends
  }

  // All in one test: the references take as long as everything else.
  @Test("agree with the float64 reference on every backend, fused or not")
  func agreement() throws {
    let backends = try backends()
    for row in OpTable.large {
      let reference = try row.reference()
      for (name, backend) in backends {
        let run = try RowRun(row, on: backend, real: .float32)
        let disagreement = row.disagreement(of: run.output, with: reference)
        #expect(disagreement == nil, "\(row) on \(name)")
        #expect(run.damage.isEmpty, "\(row) on \(name)")
      }
    }
  }
}
