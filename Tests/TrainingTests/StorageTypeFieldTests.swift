import Devices
import Datasets
import Layers
import Losses
import Optimizers
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

@Suite("Fields of storage types", .serialized)
struct StorageTypeFieldTests {
  /// float16 and bfloat16 numbers, truth values, and labels of int64, of odd numbers of elements in a row.
  private static func examples(_ count: Int) throws -> ArraySource {
    var generator = SplitMix64(seed: 231)
    let numbers = (0..<count * 5).map { _ in Double.random(in: -2...2, using: &generator) }
    let truths = (0..<count * 3).map { _ in Bool.random(using: &generator) }
    let labels = (0..<count).map { row -> Int64 in
      truths[3 * row] ? 2 : numbers[5 * row] > 0 ? 1 : 0
    }
    return try ArraySource([
      "half": TensorValues(converting: numbers, shape: [count, 5], to: .float16),
      "brain": TensorValues(converting: numbers.map { -$0 }, shape: [count, 5], to: .bfloat16),
      "truths": TensorValues(truths, shape: [count, 3]), "labels": TensorValues(labels, shape: [count]),
    ])
  }

  private func trainer(_ residency: DataResidency, on backend: BackendChoice) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 7
    settings.validation = .count(20)
    settings.dataResidency = residency
    let layer = Dense(3)
    let objective = Classification(classes: 3, loss: .softmaxCrossEntropy) { batch, pass in
      let parts = ["half", "brain", "truths"].map { batch[$0].cast(to: .float32) }
      return layer.forward(concatenate(parts, axis: 1), in: pass)
    }
    return try Trainer(
      objective, training: Self.examples(120), optimizer: Adam(learningRate: 0.05), backend: backend,
      settings: settings, seed: 7)
  }

  @Test("are trained on resident and streamed with the same bits, and learned from", arguments: backends)
  func sameBits(_ backend: BackendChoice) throws {
    let (resident, streamed) = (try trainer(.resident, on: backend), try trainer(.streamed, on: backend))
    #expect(resident.streaming == nil && streamed.streaming != nil)
    for trainer in [resident, streamed] { try trainer.run(epochs: 6) }
    #expect(try streamed.checkpoint() == resident.checkpoint())
    #expect(streamed.history.losses == resident.history.losses)
    let measured = try #require(resident.history.epochs.last?.validation)
    #expect(measured.accuracy > 0.75)
  }

  @Test("have the losses of the same numbers in float32 and int32", arguments: backends)
  func sameLosses(_ backend: BackendChoice) throws {
    let source = try Self.examples(120)
    let wide = try ArraySource(
      source.fields.enumerated().map { index, field in
        let values = try source.allValues(ofField: index)
        return (
          field.name,
          TensorValues(
            converting: values.doubles, shape: values.shape, to: field.name == "labels" ? .int32 : .float32)
        )
      })
    let layer = Dense(3)
    func losses(_ source: ArraySource) throws -> [Float] {
      var settings = TrainingSettings()
      settings.batchSize = 7
      let objective = Classification(classes: 3, loss: .hinge) { batch, pass in
        let parts = ["half", "brain", "truths"].map { batch[$0].cast(to: .float32) }
        return layer.forward(concatenate(parts, axis: 1), in: pass)
      }
      let trainer = try Trainer(
        objective, training: source, optimizer: SGD(learningRate: 0.1), backend: backend, settings: settings,
        seed: 7)
      try trainer.advance(9)
      return trainer.history.losses
    }
    #expect(try losses(source) == losses(wide))
  }

  @Test("are standardized, and targets of a regression", arguments: backends)
  func standardized(_ backend: BackendChoice) throws {
    let source = try Self.examples(120)
    let preparation = try Standardization(of: source, fields: ["half"], measuring: ["brain"])
    let regression = Regression(
      Dense(5), input: "half", target: "brain", scaling: preparation["brain"])
    var settings = TrainingSettings()
    settings.batchSize = 10
    let trainer = try Trainer(
      regression, training: source, preparation: preparation, optimizer: Adam(learningRate: 0.05),
      backend: backend, settings: settings, seed: 7)
    let losses = try trainer.run(epochs: 20).losses
    #expect(try #require(losses.last) < 0.1 * losses[0], "the target is its input's negative")
  }
}
