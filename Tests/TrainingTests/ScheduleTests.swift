import Backends
import Schedules
import Tensors
import Testing

@Suite("Schedules")
struct ScheduleTests {
  @Test("one cycle rises to 1 after its warm-up, and falls to 0 at its end")
  func oneCycle() throws {
    let schedule = OneCycle(epochs: 10, warmUp: 0.2)
    // 1,000 steps in all; a factor is that of the middle of its step.
    for (step, factor) in [
      (0, 0.0025), (100, 0.5025), (199, 0.9975), (200, 0.999375), (599, 0.500625), (999, 0.000625), (1500, 0),
    ] {
      let value = schedule.factor(atStep: Tensor(Double(step), dtype: .int32), stepsPerEpoch: 100)
      #expect(try abs(value.values().doubles[0] - factor) < 1e-6)
    }
  }
}
