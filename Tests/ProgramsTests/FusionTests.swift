import Programs
import Tensors
import Testing

@Suite("Fusion")
struct FusionTests {
  private let x = State("x", [4, 6], role: .data).value
  private let y = State("y", [4, 6], role: .data).value

  private func kernels(_ tensors: Tensor...) throws -> [String] {
    try Program("test", outputs: tensors.enumerated().map { ("\($0)", $1) }).instructions.map(\.kernel.name)
  }

  private func results(_ tensors: Tensor...) throws -> [Int] {
    try Program("test", outputs: tensors.enumerated().map { ("\($0)", $1) }).instructions.map(\.outputs.count)
  }

  @Test("makes one kernel of a chain")
  func chain() throws {
    #expect(try kernels(sigmoid((x * y + 1) / 3 - relu(x))) == ["pointwise"])
    #expect(try kernels(relu(x + State("bias", [6], role: .bias).value)) == ["pointwise"])
    #expect(try kernels(x.transposed() * 2 + y.transposed()) == ["pointwise"])
  }

  @Test("reads a value that a reduction needs from memory")
  func reduction() throws {
    let e = exp(x)
    #expect(try kernels(e / e.sum([1], keepingAxes: true)) == ["pointwise", "sum", "pointwise"])
  }

  @Test("stores a value that two kernels read")
  func twoReaders() throws {
    let shared = x * y
    #expect(try kernels(shared + 1, exp(shared)) == ["pointwise", "pointwise", "pointwise"])
    // If the readers are joined again, everything is one kernel and nothing is stored.
    #expect(try kernels((shared + 1) * exp(shared)) == ["pointwise"])
  }

  @Test("makes roots inside a chain extra results")
  func extraResults() throws {
    let inner = x * y
    #expect(try kernels(inner, relu(inner)) == ["pointwise"])
    #expect(try results(inner, relu(inner)) == [2])
    #expect(try results(relu(inner), inner) == [2])
    let state = State("s", [4, 6], role: .statistic)
    let program = try Program(
      "test", outputs: [("y", relu(inner))], assignments: [Assignment(state, inner)])
    #expect(program.instructions.count == 1)
    #expect(program.values[program.instructions[0].outputs[0]].storage == .state(state))
  }

  @Test("does not reach through values that are read out of place")
  func outOfPlace() throws {
    let sum = x + y
    #expect(try kernels(sum * 2 + sum.sum([0])) == ["pointwise", "sum", "pointwise"])
    let square = State("m", [5, 5], role: .data).value * 3
    #expect(try kernels(square + square.transposed()) == ["pointwise", "pointwise"])
  }

  @Test("computes equal expressions once")
  func commonSubexpressions() throws {
    let program = try Program(
      "test", outputs: [("a", matmul(x, y.transposed())), ("b", matmul(x, y.transposed()))])
    #expect(program.instructions.count == 1)
    #expect(program.outputs[0].value == program.outputs[1].value)
    let w = State("w", [4, 6], role: .weight)
    let loss = (w.value * w.value).sum() + (w.value * w.value).sum()
    #expect(try kernels(loss) == ["pointwise", "sum", "pointwise"])
  }

  @Test("keeps apart what only looks equal")
  func distinctExpressions() throws {
    let key = State("key", [2], dtype: .int32, role: .progress).value
    let counter = State("counter", [], dtype: .int32, role: .progress).value
    let draw = { randomUniform([3], key: key, counter: counter, stream: $0) }
    #expect(try kernels(draw(1), draw(1)) == ["uniform"])
    #expect(try kernels(draw(1), draw(2)) == ["uniform", "uniform"])
    #expect(try kernels(x.sum([0]), x.sum([1])) == ["sum", "sum"])
  }

  @Test("folds numbers that it knows, and drops products with 1 and sums with 0")
  func folding() throws {
    let program = try Program("test", outputs: [("y", (1 * x + 0) * (Tensor(2) * Tensor(3)))])
    guard case .pointwise(let kernel) = program.instructions[0].kernel else {
      Issue.record("not pointwise")
      return
    }
    #expect(kernel.steps.map(\.step) == [.literal(6), .apply(.multiply, [0, 1])])
  }

  @Test("reads transposed, sliced and stretched inputs where they lie")
  func views() throws {
    #expect(try kernels(matmul(x.transposed(), y)) == ["matmul"])
    #expect(
      try kernels(matmul(x.sliced(from: [1, 2], [2, 3]), y.sliced(from: [0, 1], [3, 5]))) == ["matmul"])
    // In a broadcast row neither rows nor columns are contiguous.
    let row = State("row", [1, 6], role: .data).value
    #expect(try kernels(matmul(row.broadcast(to: [3, 6]), y.transposed())) == ["pointwise", "matmul"])
    #expect(try kernels(x.transposed().sum([0])) == ["pointwise", "sum"])
    #expect(try kernels(x.reshaped([24]).sum()) == ["sum"])
  }

  @Test("stops where a kernel would become too large")
  func limits() throws {
    let long = (0..<200).reduce(x) { value, _ in relu(value) + 1 }
    let names = try kernels(long)
    #expect((4...8).contains(names.count))
    let inputs = (0..<40).map { State("s\($0)", [3], role: .data).value }
    let program = try Program("test", outputs: [("y", inputs.reduce(Tensor(0)) { $0 + $1 })])
    for instruction in program.instructions { #expect(instruction.inputs.count <= 12) }
  }

  @Test("gives the outputs that were asked for, whatever they are")
  func outputs() throws {
    let w = State("w", [2, 3], role: .weight).value
    let program = try Program(
      "test",
      outputs: [
        ("state", w), ("again", w), ("moved", w.transposed()), ("number", Tensor(3)),
        ("constant", Tensor([Int32(1)], shape: [1])),
      ])
    #expect(program.outputs.map(\.name) == ["state", "again", "moved", "number", "constant"])
    #expect(
      program.outputs.map { program.values[$0.value].type.description }
        == ["float32[2, 3]", "float32[2, 3]", "float32[3, 2]", "float32[]", "int32[1]"])
    for output in program.outputs {
      guard case .arena = program.values[output.value].storage else {
        Issue.record("\(output.name) may change after the step")
        continue
      }
    }
  }
}
