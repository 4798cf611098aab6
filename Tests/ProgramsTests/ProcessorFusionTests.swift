import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("Programs fused for a processor")
struct ProcessorFusionTests {
  private func state(_ name: String, _ shape: Shape, seed: UInt64) -> State {
    var random = SplitMix64(seed: seed)
    let values = (0..<shape.count).map { _ in Float.random(in: -1...1, using: &random) }
    return State(name, shape, role: .data, initial: .values(TensorValues(values, shape: shape)))
  }

  /// The outputs of a program, and its states afterwards.
  private func results(_ program: Program, _ states: [State], on backend: CPUBackend) throws -> [[Double]] {
    let executable = try backend.compile(program)
    try (executable as? any InspectableExecutable)?.fillArena(with: 0xFF)
    try executable.run(steps: 2)
    return try program.outputs.indices.map { try executable.output($0).doubles }
      + states.map { try backend.read($0).doubles }
  }

  /// Compares the fast kernels, with one to three threads, with the reference.
  private func expectAgreement(_ program: Program, _ states: [State], within tolerance: Double) throws {
    let reference = try results(program, states, on: CPUBackend(.reference))
    let first = try results(program, states, on: CPUBackend(.accelerated, threads: 1))
    for (a, b) in zip(reference.joined(), first.joined()) {
      #expect(abs(a - b) <= tolerance * max(1, abs(a)))
    }
    for threads in [2, 3] {
      #expect(try results(program, states, on: CPUBackend(.accelerated, threads: threads)) == first)
    }
  }

  private func kernels(_ program: Program) -> [String] {
    CPUBackend().planned(program).instructions.map(\.kernel.composition)
  }

  @Test(
    "add up the squares of weights while their update has them in the cache",
    arguments: [[256, 40], [512, 130], [2048, 7]])
  func sums(shape: [Int]) throws {
    let w = state("w", Shape(shape), seed: 1)
    let (x, dy) = (state("x", [30, shape[0]], seed: 2), state("dy", [30, shape[1]], seed: 3))
    let update = w.value - matmul(x.value.transposed(), dy.value) * 0.01
    let program = try Program(
      "test", outputs: [("penalty", (w.value * w.value).sum())], assignments: [Assignment(w, update)])
    #expect(kernels(program) == ["matmul + pointwise + sum", "sum"])
    // Sums of some ten thousand squares, and products of thirty terms.
    try expectAgreement(program, [w], within: 1e-5)
  }

  @Test("add up along other axes in the walk that what they add up depends on", arguments: [80, 40])
  func asides(rows: Int) throws {
    let x = state("x", [rows, 96], seed: 1)
    let centred = x.value - x.value.mean([1], keepingAxes: true)
    let program = try Program(
      "test",
      outputs: [
        ("variances", (centred * centred).sum([1])), ("products", (centred * x.value).sum([0])),
        ("columns", x.value.sum([0])),
      ])
    // Sums of 40 would have nearly as many partial sums as elements.
    #expect((kernels(program).count == 1) == (rows == 80), "\(kernels(program))")
    // Sums of up to 96 terms.
    try expectAgreement(program, [x], within: 1e-5)
  }

  @Test("do so only where the update does not wait for the sum, and takes whole rows")
  func separateSums() throws {
    let w = state("w", [256, 40], seed: 1)
    let (x, dy) = (state("x", [30, 256], seed: 2), state("dy", [30, 40], seed: 3))
    let penalty = (w.value * w.value).sum()
    let waiting = try Program(
      "test", outputs: [("penalty", penalty)],
      assignments: [
        Assignment(w, w.value - matmul(x.value.transposed(), dy.value) * (penalty * 1e-5))
      ])
    #expect(!kernels(waiting).contains { $0.contains("matmul") && $0.contains("sum") })
    try expectAgreement(waiting, [w], within: 1e-5)
    // 250 partial sums of 52 elements, and rows of 65.
    let odd = state("odd", [200, 65], seed: 4)
    let (a, b) = (state("a", [30, 200], seed: 5), state("b", [30, 65], seed: 6))
    let cut = try Program(
      "test", outputs: [("penalty", (odd.value * odd.value).sum())],
      assignments: [Assignment(odd, odd.value - matmul(a.value.transposed(), b.value) * 0.01)])
    #expect(!kernels(cut).contains { $0.contains("matmul") && $0.contains("sum") })
    try expectAgreement(cut, [odd], within: 1e-5)
  }

  @Test("find the greatest elements of windows together with their places", arguments: [32, 5])
  func pooling(filters: Int) throws {
    let (x, w) = (state("x", [2, 16, 11, 9], seed: 1), state("w", [filters, 16, 3, 3], seed: 2))
    let y = conv2D(x.value, w.value, WindowGeometry(padding: [1, 1, 1, 1]))
    let pooled = maxPool2D(relu(y), window: [3, 2], WindowGeometry(stride: [2, 2], padding: [1, 0, 0, 1]))
    let gradient = gradients(of: (pooled * pooled).sum(), at: [x.value])[0]
    let program = try Program("test", outputs: [("pooled", pooled), ("dx", gradient)])
    #expect(kernels(program).contains("maxPool2DPlace + maxPool2DPick"))
    try expectAgreement(program, [], within: 1e-4)
  }

  @Test(
    "read what lies in columns like rows", arguments: [[1, 4, 4], [3, 37, 21], [2, 64, 32], [5, 9, 130]])
  func columns(shape: [Int]) throws {
    let x = state("x", Shape(shape), seed: 1)
    let other = state("other", [shape[0], shape[2], shape[1]], seed: 2)
    let turned = x.value.transposed([0, 2, 1])
    let program = try Program(
      "test",
      outputs: [
        ("whole", relu(turned) * other.value),
        // With rows and columns cropped, and with zero padding.
        (
          "padded",
          turned.sliced(from: [0, 1, 0], [shape[0], shape[2] - 2, shape[1]])
            .padded(before: [0, 2, 0], after: [0, 1, 3]) * 2
        ),
      ])
    try expectAgreement(program, [], within: 0)
  }
}
