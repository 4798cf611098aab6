import Devices
import Foundation
import GradientChecks
import Losses
import Models
import Sessions
import Tensors
import Testing

@Suite("Label smoothing")
struct LabelSmoothingTests {
  @Test("has the gradient of its central differences")
  func gradient() throws {
    let report = try checkGradients(
      of: TwoLayerNet(hidden: 6, classes: 4), loss: .softmaxCrossEntropy(labelSmoothing: 0.2), input: [5, 7],
      classes: 4)
    #expect(report.failures().isEmpty, "\(report)")
  }

  @Test("is the cross-entropy with labels of which a part is spread evenly")
  func value() throws {
    let scores = [0.3, -1.2, 2, 0.7]
    let sum = scores.reduce(0) { $0 + exp($1) }
    let expected = zip(scores, [0.05, 0.05, 0.05, 0.85]).reduce(0) { $0 - $1.1 * log(exp($1.0) / sum) }
    let loss = Loss.softmaxCrossEntropy(labelSmoothing: 0.2)(
      Tensor(scores, shape: [1, 4]), Tensor([Int32(3)], shape: [1]))
    // float64, a dozen operations
    #expect(try abs(loss.values(on: .reference).doubles[0] - expected) < 1e-12)
  }
}
