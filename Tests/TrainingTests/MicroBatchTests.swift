import Devices
import Datasets
import Execution
import Layers
import Models
import Optimizers
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Micro-batches", .serialized)
struct MicroBatchTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private func trainer(
    _ parts: Int?, on backend: BackendChoice, _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    (settings.batchSize, settings.microBatches) = (40, parts)
    settings.trainingSamples = 110
    settings.accuracySamples = 50
    settings.validation = .count(30)
    settings.regularization = 1e-3
    change(&settings)
    return try Trainer(
      FullyConnectedNet(hidden: [9], classes: 10), data: .bundled(), optimizer: Momentum(learningRate: 0.01),
      backend: backend, settings: settings, seed: 5)
  }

  @Test("do the step of the batch that they are parts of", arguments: backends)
  func whole(backend: BackendChoice) throws {
    let whole = try trainer(nil, on: backend)
    try whole.run(epochs: 2)
    for count in [1, 2, 5, 8] {
      let parts = try trainer(count, on: backend)
      #expect(parts.settings.batchSize == 40 / count && parts.stepsPerEpoch == whole.stepsPerEpoch)
      #expect(try parts.examples(ofStep: 2) == whole.examples(ofStep: 2))
      try parts.run(epochs: 2)
      #expect(parts.step == 4 && parts.history.losses.count == 4)
      for (a, b) in zip(whole.history.losses, parts.history.losses) {
        #expect(abs(a - b) <= 1e-5 * abs(a))  // sums of float32 in another order
      }
      for (a, b) in zip(whole.states.parameters, parts.states.parameters) {
        let (x, y) = try (whole.backend.read(a).doubles, parts.backend.read(b).doubles)
        for (x, y) in zip(x, y) { #expect(abs(x - y) <= 1e-6, "\(a.name)") }
      }
    }
  }

  @Test("give the same bits streamed or resident, and when a run goes on", arguments: backends)
  func sameBits(backend: BackendChoice) throws {
    let whole = try trainer(4, on: backend)
    try whole.run(epochs: 2)
    let streamed = try trainer(4, on: backend) { $0.dataResidency = .streamed }
    let first = try trainer(4, on: backend)
    try first.advance(1)
    let rest = try trainer(4, on: backend)
    try rest.resume(from: first.checkpoint(), path: "memory")
    try streamed.run(epochs: 2)
    try rest.run(epochs: 2)
    for other in [streamed, rest] {
      #expect(other.history.losses == whole.history.losses)
      for (a, b) in zip(whole.states.parameters, other.states.parameters) {
        #expect(try whole.backend.read(a) == other.backend.read(b), "\(a.name)")
      }
    }
  }

  @Test("are equal parts of a batch")
  func unequal() throws {
    let error = try #require(throws: TrainingError.self) { try trainer(3, on: .cpu) }
    #expect(
      "\(error)"
        == "a batch of 40 has no 3 equal micro-batches; choose a batch size that 3 divides")
  }
}
