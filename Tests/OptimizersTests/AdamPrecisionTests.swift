import Foundation
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// 1 − βᵗ computed as a difference in float32 suffers from cancellation: 1 − 0.999 loses two digits.
@Suite("Adam's steps in float32")
struct AdamPrecisionTests {
  /// The step number is a state: with a constant one the bias correction is computed on the host, in float64.
  @Test(
    "are those of float64 within 3e-7, early and late, on every backend",
    arguments: [1, 2, 5, 1000, 1_000_000])
  func steps(_ t: Int) throws {
    for optimizer in [Adam(learningRate: 1), AdamW(learningRate: 1)] as [any Optimizer] {
      // The moments before step t after constant gradients of 1 and −2, and after a single first gradient.
      let gradients: [Float] = [1, -2, 0.75]
      let past = [1, 1, 0.0]
      let m = zip(gradients, past).map { Float($1 * Double($0) * (1 - pow(0.9, Double(t - 1)))) }
      let v = zip(gradients, past).map { Float($1 * Double($0 * $0) * (1 - pow(0.999, Double(t - 1)))) }
      func state(_ name: String, _ numbers: [Float]) -> State {
        State(name, [3], role: .weight, initial: .values(TensorValues(numbers, shape: [3])))
      }
      let step = State(
        "step", [], dtype: .int32, role: .data, initial: .values(TensorValues([Int32(t - 1)], shape: [])))
      let update = optimizer.update(
        state("w", [0, 0, 0]).value, gradient: state("g", gradients).value,
        slots: [state("m", m).value, state("v", v).value], learningRate: Tensor(1), step: step.value)
      let program = try Program("step", outputs: [("w", update.parameter)])
      let exact = gradients.indices.map { index in
        let (g, m, v) = (Double(gradients[index]), Double(m[index]), Double(v[index]))
        let mean = (0.9 * m + 0.1 * g) / (1 - pow(0.9, Double(t)))
        let square = (0.999 * v + 0.001 * g * g) / (1 - pow(0.999, Double(t)))
        return -mean / (square.squareRoot() + 1e-8)
      }
      for (name, backend) in try everyBackend() {
        let executable = try backend.compile(program)
        try executable.run(steps: 1)
        for (found, exact) in zip(try executable.output(0).doubles, exact) {
          #expect(abs(found - exact) <= 3e-7 * abs(exact), "\(name), step \(t): \(found), not \(exact)")
        }
      }
    }
  }
}
