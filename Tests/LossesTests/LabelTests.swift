import Losses
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@Suite("Labels that are no class")
struct LabelTests {
  private static let losses: [Loss] = [
    .softmaxCrossEntropy, .softmaxCrossEntropy(labelSmoothing: 0.1), .hinge,
  ]

  @Test("make their example's loss and gradient NaN, on every backend, and no other's", arguments: losses)
  func unknown(_ loss: Loss) throws {
    let scores = State("scores", [4, 3], role: .data, initial: .normal(standardDeviation: 1))
    let labels = State(
      "labels", [4], dtype: .int32, role: .data,
      initial: .values(TensorValues([2, 3, -1, 0] as [Int32], shape: [4])))
    let losses = loss.perExample(scores.value, labels.value)
    // Also alone: the kernels without fusion are different.
    let alone = loss.perExample(
      scores.value.sliced(from: [1, 0], [1, 3]), labels.value.sliced(from: [1], [1]))
    let gradient = gradients(of: losses.sum(), at: [scores.value])[0]
    let program = try Program(
      "loss", outputs: [("losses", losses), ("gradient", gradient), ("alone", alone)])
    for (name, backend) in try everyBackend() {
      let executable = try backend.compile(program)
      try executable.run(steps: 1)
      #expect(try executable.output(0).doubles.map(\.isNaN) == [false, true, true, false], "\(name)")
      #expect(try executable.output(2).doubles.map(\.isNaN) == [true], "\(name)")
      let rows = try executable.output(1).doubles
      let others = (rows.prefix(3) + rows.suffix(3)).filter { !$0.isFinite }
      #expect(others.isEmpty, "\(name)")
      let own = rows[3..<9].filter { !$0.isNaN }
      if loss.name != "hinge" { #expect(own.isEmpty, "\(name)") }
    }
  }

  @Test("are named where they are known before anything is computed", arguments: losses)
  func known(_ loss: Loss) {
    let scores = State("scores", [4, 3], role: .data).value
    let error = loss(scores, Tensor([0, 2, 7, 1] as [Int32], shape: [4])).error
    #expect(
      error?.description.contains("example 2 has the label 7, but there are 3 classes, from 0 to 2") == true)
    #expect(loss(scores, Tensor([0, 2, 1, 1] as [Int32], shape: [4])).error == nil)
  }
}
