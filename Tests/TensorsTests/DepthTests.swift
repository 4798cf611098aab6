import Programs
import Tensors
import Testing

@Suite("Long expressions")
struct DepthTests {
  // In a separate process: a stack overflow ends it.
  @Test("are planned, differentiated and given back without recursion")
  func depth() async {
    await #expect(processExitsWith: .success) {
      let x = State("x", [2], role: .data).value
      var y = x
      for _ in 0..<50_000 { y = -y }
      let gradient = gradients(of: y.sum(), at: [x])[0]
      #expect(gradient.shape == [2])
    }
  }
}
