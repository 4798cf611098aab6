import CPUBackend
import Programs
import Tensors
import Testing

@Suite("Running a program")
struct RunTests {
  /// A step with every kind of kernel in it.
  static func step() throws -> Program {
    let w = State("w", [200, 100], role: .weight, initial: .normal(standardDeviation: 1))
    let x = State("x", [64, 200], role: .data, initial: .normal(standardDeviation: 1)).value
    let labels = State("labels", [64], dtype: .int32, role: .data).value
    let key = State("key", [2], dtype: .int32, role: .progress).value
    let counter = State("counter", [], dtype: .int32, role: .progress)
    let rows = shuffledBatch(64, of: 64, key: key, counter: counter.value)
    let mask = randomUniform([64, 100], key: key, counter: counter.value, stream: 1) .< 0.5
    let h = relu(matmul(x.gathered(at: rows), w.value)) * mask.cast(to: .float32)
    let padded = h.padded(before: [1, 0], after: [0, 1]).transposed()
    let loss = softmaxCrossEntropy(h, labels).mean() + padded.max()
    let dw = gradients(of: loss, at: [w.value])[0]
    return try Program(
      "step", outputs: [("loss", loss)],
      assignments: [Assignment(w, w.value - 0.1 * dw), Assignment(counter, counter.value + 1)])
  }

  @Test("comes to the same on several threads at once, each with a backend of its own")
  func threads() async throws {
    let expected = try { () throws -> TensorValues in
      let executable = try CPUBackend(seed: 7).compile(RunTests.step())
      try executable.run(steps: 10)
      return try executable.output(0)
    }()
    try await withThrowingTaskGroup(of: TensorValues.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let executable = try CPUBackend(seed: 7).compile(RunTests.step())
          for _ in 0..<10 { try executable.run(steps: 1) }
          return try executable.output(0)
        }
      }
      for try await result in group { #expect(result == expected) }
    }
  }

  @Test("gives the same bits in one run and in many")
  func replay() throws {
    let together = try CPUBackend(seed: 1).compile(RunTests.step())
    let apart = try CPUBackend(seed: 1).compile(RunTests.step())
    try together.run(steps: 7)
    for _ in 0..<7 { try apart.run(steps: 1) }
    #expect(try together.output(0) == apart.output(0))
  }
}
