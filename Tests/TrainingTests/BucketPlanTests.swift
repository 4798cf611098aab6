import CPUBackend
import Execution
import Programs
import Tensors
import Testing

@testable import Training

@Suite("Buckets of gradients")
struct BucketPlanTests {
  private static func state(_ name: String, _ shape: Shape) -> State { State(name, shape, role: .data) }

  @Test("are large gradients from the last layer to the first, then all small states")
  func order() {
    let states = [
      Self.state("first", [300, 300]), Self.state("bias", [300]), Self.state("last", [300, 400]),
      Self.state("loss", []),
    ]
    let names = BucketPlan(states).buckets.map { $0.map(\.name) }
    #expect(names == [["last"], ["first"], ["bias", "loss"]])
  }

  @Test("may be summed once nothing writes or reads them, in order")
  func readiness() throws {
    let x = Self.state("x", [4])
    let (a, b, c) = (Self.state("a", [4]), Self.state("b", [4]), Self.state("c", [4]))
    // Each is a kernel of its own; b comes last and reads a.
    let product = exp(x.value)
    let program = try Program(
      "test",
      assignments: [
        Assignment(a, product), Assignment(b, exp(product.sum() + x.value) * product),
        Assignment(c, x.value * 2),
      ])
    let planned = CPUBackend().planned(program)
    func instruction(of state: State) throws -> Int {
      try #require(planned.completedStates.firstIndex { $0.contains(state) })
    }
    // Whatever reads a's value does so in its memory.
    #expect(try instruction(of: a) <= instruction(of: b))
    let ready = BucketPlan.readiness(of: [[a], [b], [c]], in: planned)
    #expect(ready.reduce(0, +) == 2 && ready.count == planned.instructions.count)
    // In order: b's bucket keeps the one after it waiting, and the last one is left to the end.
    let reversed = BucketPlan.readiness(of: [[b], [c], [a]], in: planned)
    #expect(reversed.firstIndex { $0 > 0 } == (try instruction(of: b)))
    #expect(reversed[try instruction(of: b)] == (try instruction(of: c) <= instruction(of: b) ? 2 : 1))
  }
}
