import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("The gradient of scores")
struct GradientOverScoresTests {
  private let rows = 60
  private let classes = 5000
  private var byteCount: Int { rows * classes * 4 }

  private func state(_ name: String, _ shape: Shape, _ seed: UInt64) -> State {
    var generator = SplitMix64(seed: seed)
    let numbers = (0..<shape.count).map { _ in Float.random(in: -1...1, using: &generator) }
    return State(name, shape, role: .weight, initial: .values(TensorValues(numbers, shape: shape)))
  }

  /// The loss of a product's scores and the gradients of its operands, and perhaps what else is made of the scores.
  private func program(_ more: (Tensor) -> [Tensor] = { _ in [] }) throws -> Program {
    let (x, w) = (state("x", [rows, 24], 1).value, state("w", [24, classes], 2).value)
    let labels = Tensor((0..<rows).map { Int32($0 * 83 % classes) }, shape: [rows])
    let scores = matmul(x, w)
    let loss = softmaxCrossEntropy(scores, labels).mean()
    let all = [loss] + gradients(of: loss, at: [x, w]) + more(scores)
    return try Program("loss", outputs: all.enumerated().map { ("\($0)", $1) })
  }

  private func values(_ program: Program, on backend: any Backend) throws -> [[Double]] {
    let executable = try backend.compile(program)
    // Twice: what was overwritten is made anew.
    try executable.run(steps: 2)
    return try program.outputs.indices.map { try executable.output($0).doubles }
  }

  private func expectNear(_ a: [[Double]], _ b: [[Double]], _ name: String) {
    for (part, (own, other)) in zip(a, b).enumerated() {
      // Sums of 5,000 terms in float32, of gradients of 1/60 at most.
      #expect(
        own.count == other.count && zip(own, other).allSatisfy { abs($0 - $1) <= 1e-5 + 1e-5 * abs($1) },
        "\(name), part \(part)")
    }
  }

  @Test("takes the place of the scores, on every backend")
  func place() throws {
    let program = try program()
    let expected = try values(program, on: CPUBackend(.reference))
    for (name, backend) in try everyBackend().dropFirst() {
      let planned = backend.planned(program)
      // Beside it are the gradient of the weights and little else.
      #expect(planned.arenaByteCount < byteCount + 3 * 24 * classes * 4, "\(name): \(planned)")
      expectNear(try values(program, on: backend), expected, name)
    }
  }

  @Test("has memory of its own where scores are needed after the loss, or with it")
  func others() throws {
    let programs = [
      // An output, a sum of another order, and an elementwise reader of its own.
      try program { [$0] }, try program { [($0 * $0).sum([0])] }, try program { [exp($0).max([1])] },
    ]
    for program in programs {
      let expected = try values(program, on: CPUBackend(.reference))
      for (name, backend) in try everyBackend().dropFirst() {
        expectNear(try values(program, on: backend), expected, name)
      }
    }
  }

  @Test("has memory of its own where scores are few")
  func small() throws {
    let (scores, labels) = (state("s", [40, 10], 3).value, Tensor.full([40], 3, dtype: .int32))
    let loss = softmaxCrossEntropy(2 * scores, labels).mean()
    let program = try Program(
      "small", outputs: [("loss", loss), ("gradient", gradients(of: loss, at: [scores])[0])])
    expectNear(
      try values(program, on: CPUBackend(.accelerated)), try values(program, on: CPUBackend(.reference)),
      "small")
  }
}
