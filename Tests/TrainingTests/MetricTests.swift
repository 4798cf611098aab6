import Devices
import Datasets
import Foundation
import Layers
import Losses
import Optimizers
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

/// Metrics, on examples few enough to count by hand or by loops.
@Suite("Metrics", .serialized)
struct MetricTests {
  /// A model that gives what it is given.
  private struct Given: Layer {
    func forward(_ x: Tensor, in pass: Pass) -> Tensor { x }
  }

  /// Scores of 120 examples of five classes, some of them equal, and labels of the first four; every seventh label is
  /// −100.
  private static let scores = (0..<600).map { place -> Float in
    let scrambled = (place * 7919 + place / 5 * 31) % 41
    return Float(scrambled) / 8
  }
  private static let labels = (0..<120).map { number -> Int32 in
    let label = (number * 5 + number / 9) % 4
    return number % 7 == 3 ? -100 : Int32(label)
  }

  private static let all: [ClassificationMetric] = [
    .accuracy, .top(1), .top(2), .top(5), .perplexity, .precision, .recall, .f1, .iou, .precision(of: 2),
    .recall(of: 2), .f1(of: 2), .iou(of: 2), .auc,
  ]

  private func examples(_ scores: [Float], _ labels: [Int32], classes: Int) throws -> ArraySource {
    try ArraySource([
      "images": TensorValues(scores, shape: [labels.count, classes]),
      "labels": TensorValues(labels, shape: [labels.count]),
    ])
  }

  /// What a whole measurement comes to, in batches that do not divide the set.
  private func evaluation(
    _ objective: some Objective, _ source: any DataSource, on backend: BackendChoice = .cpu
  ) throws -> Evaluation {
    let states = StateStore()
    let (opened, _) = try backend.open()
    let ring = BatchRing("test", batchSize: 32, of: source.fields, batches: (source.count + 31) / 32, upTo: 0)
    let step = try EvaluationStep(
      objective, states: states, preparation: NoPreparation(), on: .streamed(ring), name: "test",
      count: source.count, batchSize: 32, precision: .float32)
    return try Evaluator(step, of: ExampleSet("test", source), on: opened).evaluate()
  }

  @Test("of classes are what loops over all examples come to, without those ignored", arguments: backends)
  func classes(_ backend: BackendChoice) throws {
    let measured = try evaluation(
      Classification(Given(), classes: 5, ignoring: -100, metrics: Self.all),
      examples(Self.scores, Self.labels, classes: 5), on: backend)

    let rows = (0..<120).filter { Self.labels[$0] >= 0 }
    func row(_ number: Int) -> [Double] { Self.scores[5 * number..<5 * number + 5].map(Double.init) }
    func label(_ number: Int) -> Int { Int(Self.labels[number]) }
    func rank(_ number: Int) -> Int {
      let (scores, own) = (row(number), label(number))
      var ahead = 0
      for (c, score) in scores.enumerated() {
        if score > scores[own] { ahead += 1 }
        if score == scores[own], c < own { ahead += 1 }
      }
      return ahead
    }
    let count = Double(rows.count)
    for k in [1, 2, 5] {
      let hits = Double(rows.count { rank($0) < k })
      #expect(measured.value(of: "top\(k)") == hits / count)
    }
    #expect(measured.accuracy == measured.value(of: "top1") && measured.value(of: "top5") == 1)
    func total(_ number: Int) -> Double { row(number).reduce(0) { $0 + exp($1) } }
    let losses = rows.map { number -> Double in log(total(number)) - row(number)[label(number)] }
    let loss: Double = losses.reduce(0, +) / count
    #expect(abs(measured.loss - loss) < 1e-6)
    #expect(abs(measured.value(of: "perplexity") - exp(loss)) < 1e-5)

    var counts = [ClassCounts](repeating: ClassCounts(both: 0, found: 0, there: 0), count: 5)
    for number in rows {
      let scores = row(number)
      let found = scores.firstIndex(of: scores.max() ?? 0) ?? 0
      for c in 0..<5 {
        let (isFound, isThere) = (c == found, c == label(number))
        counts[c] = ClassCounts(
          both: counts[c].both + (isFound && isThere ? 1 : 0), found: counts[c].found + (isFound ? 1 : 0),
          there: counts[c].there + (isThere ? 1 : 0))
      }
    }
    #expect(counts[4].there == 0 && counts[4].found > 0, "a class that is found, but never there")
    func check(_ name: String, _ ratio: (ClassCounts) -> Double) {
      let ratios: [Double] = counts.map(ratio)
      let mean: Double = ratios.reduce(0, +) / 5
      let (all, second) = (measured.value(of: name), measured.value(of: "\(name).2"))
      #expect(abs(all - mean) < 1e-12 && abs(second - ratios[2]) < 1e-12)
    }
    check("precision") { $0.both / $0.found }
    check("recall") { $0.there > 0 ? $0.both / $0.there : 0 }
    check("f1") { 2 * $0.both / ($0.found + $0.there) }
    check("iou") { $0.both / ($0.found + $0.there - $0.both) }

    func area(_ c: Int) -> Double {
      var (wins, pairs) = (0.0, 0.0)
      for a in rows where label(a) == c {
        for b in rows where label(b) != c {
          let p = exp(row(a)[c]) / total(a)
          let q = exp(row(b)[c]) / total(b)
          // Equal scores in another order have probabilities that differ by roundings.
          wins += abs(p - q) < 1e-9 ? 0.5 : p > q ? 1 : 0
          pairs += 1
        }
      }
      return wins / pairs
    }
    let areas: Double = (0..<4).map(area).reduce(0, +)
    // Where roundings part a tie, half a pair of some thousands is lost.
    #expect(abs(measured.value(of: "auc") - areas / 4) < 2e-3)
  }

  @Test("the area under the curve is that of all pairs, ties counted half")
  func area() throws {
    let scores: [Double] = (0..<90).map { place -> Double in Double((place * 37) % 29) }
    let positive: [Bool] = (0..<90).map { place -> Bool in (place * 11) % 7 < 3 }
    var (wins, pairs) = (0.0, 0.0)
    for a in scores.indices where positive[a] {
      for b in scores.indices where !positive[b] {
        wins += scores[a] == scores[b] ? 0.5 : scores[a] > scores[b] ? 1 : 0
        pairs += 1
      }
    }
    let expected = wins / pairs
    #expect(abs(areaUnderROC(scores, isPositive: positive) - expected) < 1e-12)
    #expect(areaUnderROC([1, 2], isPositive: [true, true]).isNaN)
    #expect(areaUnderROC([1, .nan], isPositive: [true, false]).isNaN)
    #expect(areaUnderROC([1, 2, 3], isPositive: [false, true, true]) == 1)

    // Two classes: by the difference of scores.
    let two: [Float] = scores.flatMap { score -> [Float] in [1, Float(score) + 1] }
    let labels: [Int32] = positive.map { $0 ? 1 : 0 }
    let measured = try evaluation(
      Classification(Given(), classes: 2, metrics: [.auc]), examples(two, labels, classes: 2))
    #expect(abs(measured.value(of: "auc") - expected) < 1e-12)

    let objective = MultiLabelClassification(
      Given(), input: "images", labels: "labels", metrics: [.auc, .macroF1])
    #expect(objective.monitored == Monitored("auc", .higherIsBetter))
    let logits: [Float] = scores.flatMap { score -> [Float] in [Float(score), Float(score) - 14] }
    let targets: [Float] = positive.flatMap { there -> [Float] in there ? [1, 1] : [0, 0] }
    let several = try evaluation(
      objective,
      ArraySource([
        "images": TensorValues(logits, shape: [90, 2]), "labels": TensorValues(targets, shape: [90, 2]),
      ]))
    #expect(abs(several.value(of: "auc") - expected) < 1e-12)
    func f1(above threshold: Double) -> Double {
      let found = scores.map { $0 > threshold }
      let both = zip(found, positive).count { $0 && $1 }
      return 2 * Double(both) / Double(found.count { $0 } + positive.count { $0 })
    }
    let macro = (f1(above: 0) + f1(above: 14)) / 2
    #expect(abs(several.value(of: "macro-f1") - macro) < 1e-12)
  }

  @Test("an ignored label has no part in the loss nor in its gradient, as PyTorch's ignore_index")
  func ignored() throws {
    let scores = [0, 1, 2, -1, 0.5, 3] as [Float]
    func loss(_ labels: [Int32], weights: [Double]? = nil) throws -> (loss: Double, gradient: [Double]) {
      let x = Tensor(scores, shape: [3, 2])
      let objective = Classification(Given(), classes: 2, classWeights: weights, ignoring: -100)
      let batch = Batch(size: 3, ["images": x, "labels": Tensor(labels, shape: [3])])
      let outcome = try objective.measure(batch, in: Pass(.training, states: StateStore()))
      try outcome.check(batchSize: 3)
      let gradient = gradients(of: outcome.loss, at: [x])[0]
      return (try outcome.loss.values().scalar, try gradient.values().doubles)
    }
    let first = log(1 + exp(1.0))
    let third = log(1 + exp(-2.5))
    let (both, gradient) = try loss([0, -100, 1])
    #expect(abs(both - (first + third) / 2) < 1e-6)
    #expect(gradient[2] == 0 && gradient[3] == 0)
    let slope = -0.5 * exp(1.0) / (1 + exp(1.0))
    #expect(abs(gradient[0] - slope) < 1e-6)
    let weighted = try loss([0, -100, 1], weights: [1, 3]).loss
    #expect(abs(weighted - (first + 3 * third) / 4) < 1e-6)
    let nothing = try loss([-100, -100, -100])
    #expect(nothing.loss == 0 && nothing.gradient.allSatisfy { $0 == 0 })

    // Pixels: the mean of all that count, wherever they are.
    let numbers: [Float] = (0..<16).map { place -> Float in Float(place * 7 % 5) }
    let labels: [UInt8] = [0, 255, 1, 255, 1, 1, 0, 1]
    let batch = Batch(
      size: 2,
      ["images": Tensor(numbers, shape: [2, 2, 1, 4]), "masks": Tensor(labels, shape: [2, 1, 4])])
    let outcome = try PixelClassification(Given(), classes: 2, ignoring: 255).measure(
      batch, in: Pass(.training, states: StateStore()))
    var sum = 0.0
    for (pixel, label) in labels.enumerated() where label != 255 {
      let place = pixel / 4 * 8 + pixel % 4
      let pair = [Double(numbers[place]), Double(numbers[place + 4])]
      sum += log(exp(pair[0]) + exp(pair[1])) - pair[Int(label)]
    }
    let mean = try outcome.loss.values().scalar
    #expect(abs(mean - sum / 6) < 1e-6)
  }

  @Test("of one's own are followed by their names, the first one as the best", arguments: backends)
  func own(_ backend: BackendChoice) throws {
    let margin = ClassificationMetric.mean("margin", .higherIsBetter) { examples in
      examples.scores.taken(at: examples.labels.expanded(at: 1), axis: 1).squeezed(1)
        - examples.scores.mean([1])
    }
    let spread = ClassificationMetric(
      "spread", .lowerIsBetter, keeping: { [$0.scores.max([1])] },
      value: { numbers in (numbers[0].max() ?? 0) - (numbers[0].min() ?? 0) })
    var settings = TrainingSettings()
    settings.batchSize = 16
    let trainer = try Trainer(
      Classification(Dense(5, weights: .xavierUniform), classes: 5, metrics: [margin, spread, .top(3)]),
      training: examples(Self.scores, Self.labels.map { max($0, 0) }, classes: 5),
      optimizer: SGD(learningRate: 0.1), backend: backend, settings: settings, seed: 3)
    let history = try trainer.run(epochs: 3)
    #expect(history.monitored == Monitored("margin", .higherIsBetter))
    let last = try #require(history.epochs.last)
    let measured = try #require(last.validation)
    #expect(Set(measured.metrics.keys) == ["margin", "spread", "top3"])
    let values: [Double] = Array(measured.metrics.values)
    #expect(values.allSatisfy { $0.isFinite })
  }
}
