import Foundation
import Losses
import Execution
import Programs
import CPUBackend
import Tensors
import TestSupport
import Testing

@Suite("Losses of numbers and masks")
struct RegressionLossTests {
  private struct Case: CustomTestStringConvertible, Sendable {
    let loss: Loss
    /// The loss of one prediction and target; the total is their mean.
    let formula: @Sendable (Double, Double) -> Double
    /// True for predictions and targets in [0, 1].
    let isOfProbabilities: Bool

    init(_ loss: Loss, probabilities: Bool = false, _ formula: @escaping @Sendable (Double, Double) -> Double)
    {
      (self.loss, self.formula, isOfProbabilities) = (loss, formula, probabilities)
    }

    var testDescription: String { loss.name }
  }

  private static let cases = [
    Case(.meanSquaredError) { ($0 - $1) * ($0 - $1) },
    Case(.meanAbsoluteError) { abs($0 - $1) },
    Case(.huber(0.7)) {
      let e = abs($0 - $1)
      return e <= 0.7 ? 0.5 * e * e : 0.7 * (e - 0.35)
    },
    Case(.logCosh) { log(cosh($0 - $1)) },
    Case(.poisson) { exp($0) - $1 * $0 },
    Case(.binaryCrossEntropy(), probabilities: true) { x, z in
      let p = 1 / (1 + exp(-x))
      return -(z * log(p) + (1 - z) * log(1 - p))
    },
    Case(.binaryCrossEntropy(positiveWeight: 3), probabilities: true) { x, z in
      let p = 1 / (1 + exp(-x))
      return -(3 * z * log(p) + (1 - z) * log(1 - p))
    },
    Case(.focal(gamma: 2, alpha: 0.25), probabilities: true) { x, z in
      let p = z > 0.5 ? 1 / (1 + exp(-x)) : 1 / (1 + exp(x))
      return -(z > 0.5 ? 0.25 : 0.75) * (1 - p) * (1 - p) * log(p)
    },
  ]

  private let predictions = [0.3, -1.5, 2.25, 0.75, -0.125, 1.0]
  private let numbers = [0.5, -1.0, 2.0, -0.5, 0.25, 3.0]
  private let masks = [1.0, 0, 0, 1, 1, 0]

  private func values(_ tensor: Tensor) throws -> [Double] {
    let executable = try CPUBackend(.reference).compile(Program("loss", outputs: [("loss", tensor)]))
    try executable.run(steps: 1)
    return try executable.output(0).doubles
  }

  @Test("are their formulas, with derivatives of both orders", arguments: cases)
  private func formulas(_ test: Case) throws {
    let targets = test.isOfProbabilities ? masks : numbers
    let x = State(
      "x", [2, 3], dtype: .float64, role: .weight, initial: .values(TensorValues(predictions, shape: [2, 3])))
    let losses = test.loss.perExample(x.value, Tensor(targets, shape: [2, 3]))
    let expected = (0..<2).map { row in
      (0..<3).reduce(0) { $0 + test.formula(predictions[3 * row + $1], targets[3 * row + $1]) } / 3
    }
    #expect(zip(try values(losses), expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let first = gradients(of: losses.sum(), at: [x.value])[0]
    let second = gradients(of: first.sum(), at: [x.value])[0]
    let (slopes, curvatures) = (try values(first), try values(second))
    for (index, x) in predictions.enumerated() {
      func f(_ x: Double) -> Double { test.formula(x, targets[index]) / 3 }
      let h = 1e-4
      #expect(abs(slopes[index] - (f(x + h) - f(x - h)) / (2 * h)) < 1e-7)
      #expect(abs(curvatures[index] - (f(x + h) - 2 * f(x) + f(x - h)) / (h * h)) < 1e-5)
    }
  }

  @Test("stay finite for large predictions")
  func large() throws {
    let x = Tensor([1000.0, -1000, 1000, -1000], shape: [4, 1])
    let z = Tensor([1.0, 0, 0, 1], shape: [4, 1])
    #expect(try values(Loss.binaryCrossEntropy().perExample(x, z)) == [0, 0, 1000, 1000])
    let logCosh = try values(Loss.logCosh.perExample(x, z * 0))
    #expect(logCosh.allSatisfy { abs($0 - (1000 - log(2.0))) < 1e-9 })
    // The derivative at zero equals the sigmoid's.
    let zero = Tensor([0.0], shape: [1, 1])
    let slope = gradients(of: Loss.binaryCrossEntropy()(zero, Tensor([1.0], shape: [1, 1])), at: [zero])[0]
    #expect(try values(slope) == [-0.5])
  }

  @Test("of angles, overlaps, distributions and triplets")
  func others() throws {
    let (a, b) = (Tensor([3.0, 4], shape: [1, 2]), Tensor([4.0, 3], shape: [1, 2]))
    #expect(try abs(values(Loss.cosine.perExample(a, b))[0] - (1 - 24.0 / 25)) < 1e-12)
    let sigmoids = [1 / (1 + exp(-3.0)), 1 / (1 + exp(-4.0))]
    let dice = try values(Loss.dice.perExample(a, Tensor([1.0, 0], shape: [1, 2])))[0]
    #expect(abs(dice - (1 - (2 * sigmoids[0] + 1) / (sigmoids[0] + sigmoids[1] + 2))) < 1e-12)
    let q = Tensor([0.25, 0.75], shape: [1, 2])
    let logs = [-log(1 + exp(1.0)), -log(1 + exp(-1.0))]
    let soft = try values(Loss.softLabelCrossEntropy.perExample(a, q))[0]
    #expect(abs(soft + 0.25 * logs[0] + 0.75 * logs[1]) < 1e-12)
    let kl = try values(Loss.klDivergence.perExample(a, q))[0]
    #expect(abs(kl - (soft + 0.25 * log(0.25) + 0.75 * log(0.75))) < 1e-12)
    let none = try values(Loss.klDivergence.perExample(a, Tensor([0.0, 1], shape: [1, 2])))[0]
    #expect(abs(none + logs[1]) < 1e-12)
    let triplet = tripletLoss(anchor: a, positive: b, negative: Tensor([3.0, 6], shape: [1, 2]), margin: 1)
    #expect(try abs(values(triplet)[0] - (2.0.squareRoot() - 2 + 1)) < 1e-5)
  }

  @Test("refuse shapes that would stretch, and take a single number with an axis of its own")
  func shapes() throws {
    let column = Tensor([1.0, 2, 3], shape: [3, 1])
    let row = Tensor([1.0, 2, 5], shape: [3])
    #expect(try values(Loss.meanSquaredError.perExample(column, row)) == [0, 0, 4])
    #expect(try values(Loss.meanSquaredError.perExample(row, column)) == [0, 0, 4])
    let wrong = Loss.meanSquaredError.perExample(column, Tensor([1.0, 2], shape: [2]))
    #expect(wrong.error?.reason == "the prediction is [3, 1], but its target is [2]: they have to be alike")
  }
}
