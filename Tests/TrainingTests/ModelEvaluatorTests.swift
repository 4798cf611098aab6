import Devices
import Checkpoints
import Datasets
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("A trained network is measured without its run")
struct ModelEvaluatorTests {
  private func trainer(on backend: BackendChoice = .cpu) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 20
    settings.trainingSamples = 200
    settings.validation = .count(300)
    let trainer = try Trainer(
      FullyConnectedNet(hidden: [20], classes: 10, normalization: .batch), data: .bundled(),
      optimizer: Momentum(learningRate: 0.01), backend: backend, settings: settings, seed: 3)
    try trainer.run(epochs: 2)
    return trainer
  }

  private func evaluator(_ checkpoint: Checkpoint, on backend: BackendChoice = .cpu) throws -> ModelEvaluator
  {
    try ModelEvaluator(
      FullyConnectedNet(hidden: [20], classes: 10, normalization: .batch), classes: 10,
      images: ImageShape(channels: 1, height: 28, width: 28), from: checkpoint, path: "net",
      normalization: .standardized, backend: backend)
  }

  @Test("to the same bits, with large batches and with small ones")
  func sameBits() throws {
    for backend: BackendChoice in VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu] {
      let trainer = try trainer(on: backend)
      let evaluator = try evaluator(trainer.checkpoint(), on: backend)
      for split in [Trainer.Split.validation, .test] {
        let images = try trainer.images(split)
        let (measured, confusion) = try evaluator.evaluateWithConfusion(images, called: split.rawValue)
        #expect(try measured == trainer.evaluate(split))
        // Each image once, and as many correct ones as the accuracy says.
        let counts = images.imagesPerClass(10)
        #expect((0..<10).map(confusion.images(of:)) == counts)
        #expect(confusion.counts.values.reduce(0, +) == images.count)
        let right = (0..<10).reduce(0) { $0 + confusion[$1, $1] }
        #expect(abs(Double(right) / Double(images.count) - measured.accuracy) < 1e-6)
        let inspection = try trainer.inspect(split, limit: .max)
        #expect((0..<10).map { label in (0..<10).map { confusion[label, $0] } } == inspection.confusion)
      }
    }
    let net = try trainer().checkpoint()
    let images = try Dataset.bundled().test
    // Too little memory for 250 images, and enough for 15.
    let little = BackendChoice.limited(.cpu, to: BackendLimits(memory: 250_000))
    let (small, large) = try (
      evaluator(net, on: little).evaluateWithConfusion(images), evaluator(net).evaluateWithConfusion(images)
    )
    #expect(small.confusion == large.confusion && small.evaluation.accuracy == large.evaluation.accuracy)
    #expect(abs(small.evaluation.loss - large.evaluation.loss) < 1e-5)  // float32 sums in another order
    let none = BackendChoice.limited(.cpu, to: BackendLimits(memory: 1000))
    let error = #expect(throws: OutOfMemory.self) { try evaluator(net, on: none).evaluate(images) }
    #expect(error?.description.contains("'evaluate test'") == true)
  }

  @Test("and refused where it does not fit, or is broken")
  func refusals() throws {
    var checkpoint = try trainer().checkpoint()
    let images = try Dataset.bundled().test
    let empty = images.prefix(0)
    #expect(throws: TrainingError.self) { try evaluator(checkpoint).evaluate(empty) }
    let other = try LabeledImages(
      pixels: [1, 2, 3], labels: [0], shape: ImageShape(channels: 3, height: 1, width: 1))
    #expect(throws: TrainingError.self) { try evaluator(checkpoint).evaluate(other) }
    var numbers = try #require(checkpoint.tensors["1.running_var"]).elements(as: Float.self)
    for (value, word) in [(Float.nan, "NaN"), (.infinity, "infinity"), (-.infinity, "infinity")] {
      numbers[7] = value
      checkpoint.tensors["1.running_var"] = TensorValues(numbers, shape: [20])
      let error = #expect(throws: CheckpointError.self) { try evaluator(checkpoint) }
      #expect(error?.reason == "holds \(word) (1 of 20 numbers) in '1.running_var': its network is broken")
    }
    checkpoint.tensors["1.running_var"] = nil
    #expect(throws: CheckpointError.self) { try evaluator(checkpoint) }
  }

  @Test("mistakes come with the most frequent first")
  func mistakes() {
    var confusion = Confusion()
    for (label, predicted, count) in [(0, 1, 2), (1, 1, 9), (2, 0, 5), (2, 1, 2)] {
      for _ in 0..<count { confusion.add(label: label, predicted: predicted) }
    }
    let pairs = confusion.mistakes().map { [$0.pair.label, $0.pair.predicted, $0.count] }
    #expect(pairs == [[2, 0, 5], [0, 1, 2], [2, 1, 2]])
    #expect(
      confusion.accuracy(of: 1) == 1 && confusion.accuracy(of: 0) == 0 && confusion.accuracy(of: 3) == nil)
  }
}
