import CPUBackend
import Execution
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

  /// Sums of rows whose length is not a multiple of the block size, in unevenly split dispatches, with their
  /// consumers.
  private static func sums() throws -> Program {
    func state(_ name: String, _ shape: Shape) -> Tensor {
      State(name, shape, role: .data, initial: .normal(standardDeviation: 1)).value
    }
    let (w, x, y) = (state("w", [784, 1024]), state("x", [401, 333]), state("y", [30, 7, 13, 11]))
    let (short, scores) = (state("short", [3000, 10]), state("scores", [700, 37]))
    let mean = y.mean([0, 2, 3], keepingAxes: true)
    let variance = ((y - mean) * (y - mean)).mean([0, 2, 3], keepingAxes: true)
    return try Program(
      "sums",
      outputs: [
        ("norm", (w * w).sum() + (x * x).sum()), ("rows", (x * x).sum([1])), ("columns", (x * x).sum([0])),
        ("normalized", (y - mean) / sqrt(variance + 1e-5)), ("short", exp(short).sum([1])),
        ("softmax", exp(scores) / exp(scores).sum([1], keepingAxes: true)),
      ])
  }

  @Test("gives the same bits on any number of threads", arguments: [2, 3, 5, 7, 16])
  func threadCounts(count: Int) throws {
    for program in [try RunTests.step(), try RunTests.sums()] {
      let alone = try CPUBackend(threads: 1).compile(program)
      let shared = try CPUBackend(threads: count).compile(program)
      for executable in [alone, shared] { try executable.run(steps: 3) }
      for index in program.outputs.indices {
        #expect(try alone.output(index) == shared.output(index), "\(program.outputs[index].name)")
      }
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
