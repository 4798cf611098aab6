import CPUBackend
import Execution
import Programs
import TestSupport
import Tensors
import Testing

/// Operations that must not be fused or delayed, because they read other elements than their own, or a state
/// that is overwritten.
@Suite("Fusion leaves alone")
struct FusionHazardTests {
  private let key = Tensor([Int32(3), 5], shape: [2])
  private let counter = State("counter", [], dtype: .int32, role: .progress)

  private func numbers(_ shape: Shape) -> State {
    let values = (0..<shape.count).map { Float(($0 * 37) % 101) / 50 - 1 }
    return State("x", shape, role: .data, initial: .values(TensorValues(values, shape: shape)))
  }

  /// Compares every backend's results of three steps with the reference's.
  ///
  /// At most some hundred numbers around 1 are summed, each rounded by 6e-8; a read of the wrong element
  /// differs in the first digits.
  private func check(_ y: Tensor, assigning assignments: [Assignment] = []) throws {
    let program = try Program("hazard", outputs: [("y", y)], assignments: assignments)
    var expected: [Double]?
    for (name, backend) in try everyBackend() {
      let executable = try backend.compile(program)
      try executable.run(steps: 3)
      let values = try executable.output(0).doubles
      let reference = expected ?? values
      expected = reference
      #expect(
        zip(values, reference).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name): \(backend.planned(program))")
    }
  }

  @Test("scores and the loss that reads them at the label", arguments: [10, 1000])
  func scores(_ classes: Int) throws {
    let scores = numbers([256, classes]).value * 2 + numbers([classes]).value
    let labels = Tensor((0..<256).map { Int32($0 * 7 % classes) }, shape: [256])
    let losses = softmaxCrossEntropy(scores, labels) * 0.9 - scores.mean([1]) * 0.1
    let gradient = gradients(of: losses.sum(), at: [scores])[0]
    try check(losses + gradient.sum([1]))
  }

  @Test("a table that is computed and the rows that are gathered from it")
  func table() throws {
    let pooled = maxPool2D(numbers([3, 3, 8, 3]).value, window: [2, 1], WindowGeometry(stride: [2, 1]))
    let rows = Tensor([Int32(2), 0, 1], shape: [3])
    let gathered = pooled.gathered(at: rows)
    try check((pooled * (0.5 * (gathered + gathered))).sum())
  }

  /// Fused sums read the original of a transposed copy; sums of integers are not fused on every backend.
  @Test("sums of integers over a transposed copy")
  func integers() throws {
    let values = TensorValues((0..<6).map { Int32($0 * $0) }, shape: [2, 3])
    let x = State("x", [2, 3], dtype: .int32, role: .data, initial: .values(values))
    try check(x.value.transposed().sum([0]).cast(to: .float32))
  }

  /// The step counter is overwritten before the row indices are used.
  @Test("a batch's row numbers and their counter, which goes on")
  func counting() throws {
    let x = numbers([8, 4])
    let table = matmul(x.value, numbers([4, 4]).value)
    let next = matmul(table, numbers([4, 1]).value + counter.value.cast(to: .float32))
    let rows = shuffledBatch(3, of: 8, key: key, counter: counter.value)
    try check(
      (table + next).gathered(at: rows),
      assigning: [Assignment(counter, counter.value + 1)])
  }
}
