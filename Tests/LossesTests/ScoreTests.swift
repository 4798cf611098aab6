import Losses
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// The scores of one example, its label, and the expected loss and gradient.
private struct ScoreCase: Sendable, CustomTestStringConvertible {
  let loss: Loss
  let scores: [Double]
  let label: Int32
  let expected: Double
  let gradient: [Double]
  var testDescription: String { "\(loss.name) of \(scores), label \(label)" }

  init(_ loss: Loss, _ scores: [Double], label: Int32, _ expected: Double, _ gradient: [Double]) {
    self.loss = loss
    self.scores = scores
    self.label = label
    self.expected = expected
    self.gradient = gradient
  }

  static let all = [
    // log Σ exp(s − max) − (s_y − max): all terms but the largest score's vanish.
    ScoreCase(.softmaxCrossEntropy, [1e4, -1e4, 0], label: 0, 0, [0, 0, 0]),
    ScoreCase(.softmaxCrossEntropy, [1e4, -1e4, 0], label: 1, 2e4, [1, -1, 0]),
    ScoreCase(
      .softmaxCrossEntropy, [-1e4, -1e4, -1e4, -1e4], label: 2, 1.3862943611198906, [0.25, 0.25, -0.75, 0.25]),
    ScoreCase(.softmaxCrossEntropy, [1e4, 1e4, -1e4], label: 0, 0.6931471805599453, [-0.5, 0.5, 0]),
    ScoreCase(
      .softmaxCrossEntropy, [9999, 1e4], label: 0, 1.3132616875182228,
      [-0.7310585786300049, 0.7310585786300049]),
    // 0 + ε (s_y − mean s), and p − (1 − ε) [j = y] − ε / C.
    ScoreCase(
      .softmaxCrossEntropy(labelSmoothing: 0.3), [1e4, -1e4, 0], label: 0, 3000, [0.2, -0.1, -0.1]),
    ScoreCase(
      .softmaxCrossEntropy(labelSmoothing: 0.3), [1e4, -1e4, 0], label: 1, 17000, [0.9, -0.8, -0.1]),
    // Σ max(0, s_j − s_y + 1).
    ScoreCase(.hinge, [1e4, -1e4, 0], label: 0, 0, [0, 0, 0]),
    ScoreCase(.hinge, [1e4, -1e4, 0], label: 1, 30002, [1, -2, 1]),
    ScoreCase(.hinge, [1e4, 1e4, -1e4], label: 0, 1, [-1, 1, 0]),
    ScoreCase(.hinge, [-1e4, -1e4, -1e4, -1e4], label: 3, 3, [1, 1, 1, -3]),
  ]
}

@Suite("Losses of scores of ±10,000")
struct ScoreTests {
  @Test("are exact to rounding on every backend", arguments: ScoreCase.all)
  fileprivate func stability(_ row: ScoreCase) throws {
    let scores = State(
      "scores", [1, row.scores.count], role: .data,
      initial: .values(TensorValues(row.scores.map { Float($0) }, shape: [1, row.scores.count])))
    let loss = row.loss(scores.value, Tensor([row.label], shape: [1]))
    let gradient = gradients(of: loss, at: [scores.value])[0]
    let program = try Program("loss", outputs: [("loss", loss), ("gradient", gradient)])
    for (name, backend) in try everyBackend() {
      let executable = try backend.compile(program)
      try executable.run(steps: 1)
      let found = try executable.output(0).doubles + executable.output(1).doubles
      for (a, b) in zip(found, [row.expected] + row.gradient) {
        // exp and log of float32, a few ulp.
        #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(name): \(found)")
      }
    }
  }
}
