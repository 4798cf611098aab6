import Devices
import Datasets
import Foundation
import Layers
import Losses
import Models
import Optimizers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

@Suite("An objective", .serialized)
struct ObjectiveTests {
  /// y = 2 x₀ − x₁ + ½, with inputs from a simple generator.
  private static func plane(_ count: Int, seed: Int = 1) throws -> ArraySource {
    let xs = (0..<2 * count).map { number -> Float in
      let scrambled = (number * 7919 + seed * 104_729) % 1000
      return Float(scrambled) / 500 - 1
    }
    let ys = (0..<count).map { row -> Float in
      let (first, second) = (xs[2 * row], xs[2 * row + 1])
      return 2 * first - second + 0.5
    }
    return try ArraySource([
      "x": TensorValues(xs, shape: [count, 2]), "y": TensorValues(ys, shape: [count, 1]),
    ])
  }

  private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = 16
    change(&settings)
    return settings
  }

  @Test("of numbers is trained, measured, saved and gone on with", arguments: backends)
  func regression(_ backend: BackendChoice) throws {
    func trainer() throws -> Trainer {
      try Trainer(
        Regression(Dense(1)), training: Self.plane(200), test: Self.plane(50, seed: 3),
        optimizer: SGD(learningRate: 0.2), backend: backend, settings: settings(), seed: 3)
    }
    let whole = try trainer()
    #expect(whole.trainingCount == 180 && whole.validationCount == 20)
    let history = try whole.run(epochs: 12)
    #expect(history.monitored == Monitored("rmse", .lowerIsBetter))
    let last = try #require(history.epochs.last)
    let measured = try #require(last.validation)
    #expect(Set(measured.metrics.keys) == ["mae", "rmse", "r2"])
    #expect(measured.value(of: "rmse") < 1e-3 && measured.value(of: "r2") > 0.9999)
    #expect(measured.accuracy.isNaN, "there is none")
    #expect(try whole.evaluate(.test).value(of: "mae") < 1e-3)
    // The loss is the mean squared error, and the metric is its root.
    #expect(abs(measured.value(of: "rmse") - measured.loss.squareRoot()) < 1e-6)
    #expect(history.best.map { ($0.validation?.loss ?? 1) <= measured.loss } == true)

    let (first, second) = (try trainer(), try trainer())
    try first.run(epochs: 5)
    try first.advance(4)
    try second.resume(from: first.checkpoint(), path: "first")
    try second.run(epochs: 12)
    #expect(try second.checkpoint() == whole.checkpoint())
    #expect(second.history == whole.history)
  }

  @Test("reads examples that are fetched batch by batch, with the same bits", arguments: backends)
  func streamed(_ backend: BackendChoice) throws {
    let plane = try Self.plane(200)
    let fetched = ComputedSource(count: plane.count, plane.fields, checksum: plane.checksum) {
      plane.read($0, into: $1)
    }
    func run(_ source: any DataSource) throws -> Trainer {
      let trainer = try Trainer(
        Regression(FullyConnectedNet(hidden: [5], classes: 1)), training: source,
        optimizer: Adam(learningRate: 0.01), backend: backend, settings: settings(), seed: 3)
      try trainer.run(epochs: 3)
      return trainer
    }
    let (resident, streamed) = (try run(plane), try run(fetched))
    #expect(resident.streaming == nil && streamed.streaming != nil)
    #expect(resident.history == streamed.history)
    for (a, b) in zip(resident.states.parameters, streamed.states.parameters) {
      #expect(try resident.backend.read(a) == streamed.backend.read(b))
    }
    // The next epoch is another permutation of all examples, the same for both.
    let next = try (1...resident.stepsPerEpoch).map { try resident.examples(ofStep: resident.step + $0) }
    #expect(
      next == (try (1...streamed.stepsPerEpoch).map { try streamed.examples(ofStep: streamed.step + $0) }))
    #expect(Set(next.joined()).count == resident.stepsPerEpoch * resident.settings.batchSize)
    #expect(next.joined().allSatisfy { (0..<resident.trainingCount).contains($0) })
  }

  @Test("weighs examples, in the loss of a batch alone", arguments: backends)
  func weights(_ backend: BackendChoice) throws {
    // The second half contradicts the first and has zero weight.
    let xs = (0..<64).map { Float($0 % 32) / 32 }
    let ys = (0..<64).map { $0 < 32 ? xs[$0] : -5 * xs[$0] }
    let source = try ArraySource([
      "x": TensorValues(xs, shape: [64, 1]), "y": TensorValues(ys, shape: [64, 1]),
      "w": TensorValues((0..<64).map { $0 < 32 ? 1 : 0 } as [Float], shape: [64]),
    ])
    let trainer = try Trainer(
      Regression(Dense(1), weight: "w"), training: source, optimizer: SGD(learningRate: 0.5),
      backend: backend, settings: settings { $0.validation = .count(0) }, seed: 3)
    try trainer.run(epochs: 60)
    let weight = try trainer.backend.read(trainer.states.parameters[0]).scalar
    #expect(abs(weight - 1) < 1e-3)
  }

  @Test("of several labels counts what is found and what is there")
  func multiLabel() throws {
    let logits: [Float] = [1, -1, 2, -2, 3, 1, -1, -1]
    let labels: [Float] = [1, 0, 0, 1, 1, 1, 1, 0]
    let measured = MultiLabelClassification(Given()).measure(
      Batch(
        size: 2, ["x": Tensor(logits, shape: [2, 4]), "labels": Tensor(labels, shape: [2, 4])]),
      in: Pass(.evaluation, states: StateStore()))
    // Predicted: 0, 2, 4, 5; true: 0, 3, 4, 5, 6; both: 0, 4, 5.
    let values = try values(of: measured, count: 2)
    let expected = [
      "accuracy": 5.0 / 8, "precision": 3.0 / 4, "recall": 3.0 / 5, "f1": 6.0 / 9, "iou": 3.0 / 6,
    ]
    #expect(values == expected)
  }

  @Test("of pixels is the mean over the classes that there are, without pixels that do not count")
  func pixels() throws {
    // Two images of 1×4 pixels, three classes; the scores determine the predicted class.
    let taken = [0, 1, 1, 2, 0, 0, 1, 0]
    let labels: [Int32] = [0, 1, 0, 9, 0, 1, 1, 9]
    var scores = [Float](repeating: 0, count: 2 * 3 * 4)
    for (pixel, kind) in taken.enumerated() { scores[pixel / 4 * 12 + kind * 4 + pixel % 4] = 2 }
    let objective = PixelClassification(Given(input: "images"), classes: 3, ignoring: 9)
    let measured = try objective.measure(
      Batch(
        size: 2,
        ["images": Tensor(scores, shape: [2, 3, 1, 4]), "masks": Tensor(labels, shape: [2, 1, 4])]),
      in: Pass(.evaluation, states: StateStore()))
    let values = try values(of: measured, count: 2)
    // Class 0: intersection 2, union 4; class 1: intersection 2, union 4; class 2 does not occur in the
    // counted pixels.
    #expect(values == ["iou": 0.5, "accuracy": 4.0 / 6])
    let right = -log(exp(2.0) / (exp(2) + 2))
    let wrong = right + 2
    let losses = try measured.losses.values().doubles
    #expect(
      zip(losses, [(2 * right + wrong) / 3, (2 * right + wrong) / 3]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("weighs classes as PyTorch does")
  func classWeights() throws {
    let objective = Classification(Given(input: "images"), classes: 2, classWeights: [1, 3])
    let scores = Tensor([0, 1, 0, 1, 0, 1] as [Float], shape: [3, 2])
    let batch = Batch(size: 3, ["images": scores, "labels": Tensor([0, 1, 1] as [Int32], shape: [3])])
    let pass = Pass(.training, states: StateStore())
    let (wrong, right) = (log(1 + exp(1.0)), log(1 + exp(-1.0)))
    let loss = try objective.measure(batch, in: pass).loss.values().scalar
    #expect(abs(loss - (wrong + 6 * right) / 7) < 1e-6)

    let labels = [0, 0, 0, 2, 2, 0] as [Int32]
    #expect(try ClassWeights.balanced.weights(of: labels, classes: 3) == [0.75, 0, 1.5])
    #expect(try ClassWeights.values([1, 0, 2]).weights(of: labels, classes: 3) == [1, 0, 2])
    for wrong in [[1, 2], [1, -1, 1], [0, 0, 0], [1, .nan, 1]] as [[Double]] {
      #expect(throws: TrainingError.self) { try ClassWeights.values(wrong).weights(of: labels, classes: 3) }
    }
  }

  @Test(
    "draws rare classes as often as others, resident and streamed with the same bits", arguments: backends)
  func balancedSampling(_ backend: BackendChoice) throws {
    func trainer(_ residency: DataResidency) throws -> Trainer {
      let images = try Dataset.bundled().training
      let rare = images.labels.indices.filter { images.labels[$0] != 3 || $0 % 50 == 0 }.prefix(600)
      var settings = settings()
      (settings.sampling, settings.dataResidency) = (.balanced, residency)
      return try Trainer(
        Classification(Dense(10, of: .example), classes: 10),
        training: DataSubset(rare, of: images), preparation: ToFloats(), optimizer: SGD(learningRate: 1e-6),
        backend: backend, settings: settings, seed: 3)
    }
    let (resident, streamed) = (try trainer(.resident), try trainer(.streamed))
    try resident.run(epochs: 2)
    try streamed.run(epochs: 2)
    #expect(resident.history == streamed.history)
    let source = try resident.examples(.training)
    let drawn = try (1...20).flatMap { try resident.examples(ofStep: $0) }
    let labels = try #require(try source.values(ofRows: drawn)["labels"]).doubles
    #expect((0..<10).allSatisfy { label in labels.count { $0 == Double(label) } * 30 > labels.count })
    #expect(throws: TrainingError.self) {
      var settings = settings()
      settings.sampling = .balanced
      return try Trainer(
        Regression(Dense(1)), training: Self.plane(64), optimizer: SGD(learningRate: 0.1), backend: .cpu,
        settings: settings)
    }
  }

  private struct ToFloats: Preparation {
    var states: [State] { [] }

    func callAsFunction(
      _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
    ) -> Batch {
      var batch = batch
      batch["images"] = batch["images"].cast(to: .float32)
      return batch
    }
  }

  @Test("says in a sentence what it cannot take")
  func refusals() throws {
    func message(_ objective: some Objective) throws -> String {
      do {
        _ = try Trainer(
          objective, training: Self.plane(64), optimizer: SGD(learningRate: 0.1), backend: .cpu,
          settings: settings(), seed: 1)
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    #expect(
      try message(Regression(Dense(3))).contains("the prediction is [16, 3], but its target is [16, 1]"))
    #expect(try message(Regression(Dense(1), input: "z")).contains("has no field 'z'; it has 'x', 'y'"))
    #expect(
      try message(FunctionObjective { batch, _ in Outcome(losses: batch["x"]) })
        == "the objective's losses are float32[16, 2], but have to be floats [16], one for each example, or one for all"
    )
    #expect(
      try message(
        FunctionObjective { batch, _ in
          let x = batch["x"].sum([1])
          return Outcome(losses: x, metrics: [.mean("m", .higherIsBetter, of: x.sum())])
        }) == "the metric 'm' adds up [], but takes a row for each of 16 examples")
  }

  /// The identity as a model.
  private struct Given: Layer {
    var input = "x"
    func forward(_ x: Tensor, in pass: Pass) -> Tensor { x }
  }

  private func values(of measured: Outcome, count: Int) throws -> [String: Double] {
    var values: [String: Double] = [:]
    for metric in measured.metrics {
      let sums = try metric.sums.flatMap { sums in try sums.sum([0]).values().doubles }
      let kept = try metric.numbers.map { try $0.values().doubles }
      values[metric.name] = metric.value(Metric.Totals(sums: sums, numbers: kept, count: Double(count)))
    }
    return values
  }
}
