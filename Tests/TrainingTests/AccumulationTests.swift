import Execution
import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Programs
import Schedules
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Gradients of several batches", .serialized)
struct AccumulationTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private func trainer(
    _ batches: Int, of size: Int, on backend: BackendChoice,
    model: FullyConnectedNet = FullyConnectedNet(hidden: [9], classes: 10),
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    (settings.batchSize, settings.accumulation) = (size, batches)
    // Two steps of 40 and some over in an epoch, which are no whole number of batches of 10 for steps of 4.
    settings.trainingSamples = 110
    settings.accuracySamples = 50
    settings.validation = .count(30)
    settings.regularization = 1e-3
    change(&settings)
    return try Trainer(
      model, data: .bundled(), optimizer: Adam(learningRate: 0.01), schedule: EpochDecay(0.5),
      backend: backend, settings: settings, seed: 5)
  }

  @Test("do a step of the batch that they are together", arguments: backends)
  func whole(backend: BackendChoice) throws {
    let (whole, parts) = try (trainer(1, of: 40, on: backend), trainer(4, of: 10, on: backend))
    #expect(parts.stepsPerEpoch == 2 && whole.stepsPerEpoch == 2)
    #expect(try parts.examples(ofStep: 3) == whole.examples(ofStep: 3))
    for trainer in [whole, parts] { try trainer.run(epochs: 3) }
    #expect(parts.step == 6 && parts.history.losses.count == 6)
    for (a, b) in zip(whole.history.losses, parts.history.losses) {
      #expect(abs(a - b) <= 1e-5 * abs(a))  // sums of float32 in another order
    }
    #expect(try parts.learningRate() == whole.learningRate())
    for (a, b) in zip(whole.states.parameters, parts.states.parameters) {
      let (x, y) = try (whole.backend.read(a).doubles, parts.backend.read(b).doubles)
      // Adam divides by the root of a square: where gradients are tiny, their rounding shows.
      for (x, y) in zip(x, y) { #expect(abs(x - y) < 1e-3, "\(a.name)") }
    }
    let (a, b) = try (whole.evaluate(.validation), parts.evaluate(.validation))
    #expect(abs(a.loss - b.loss) < 1e-4 * a.loss)
  }

  @Test("give the same bits streamed or resident, and when a run goes on", arguments: backends)
  func sameBits(backend: BackendChoice) throws {
    let net = FullyConnectedNet(hidden: [9], classes: 10, normalization: .batch, dropout: 0.2)
    func make(_ residency: DataResidency) throws -> Trainer {
      try trainer(3, of: 7, on: backend, model: net) { $0.dataResidency = residency }
    }
    let (whole, streamed, second) = try (make(.resident), make(.streamed), make(.streamed))
    try whole.run(epochs: 1)
    try whole.advance(2)
    let middle = try whole.checkpoint()
    for trainer in [whole, streamed] { try trainer.run(epochs: 3) }
    #expect(try streamed.checkpoint() == whole.checkpoint())
    try second.advance(1)
    try second.resume(from: middle, path: "middle")
    #expect(second.step == 7)
    try second.run(epochs: 3)
    #expect(try second.checkpoint() == whole.checkpoint())
  }

  @Test("leave out a step of which one batch overflows, and go on", arguments: backends)
  func overflow(backend: BackendChoice) throws {
    let trainer = try trainer(2, of: 10, on: backend) {
      $0.precision = .float16
      $0.lossScaling.initialScale = 0x1p30
    }
    let parameters = trainer.states.parameters
    let before = try parameters.map { try trainer.backend.read($0) }
    try trainer.advance(1)
    #expect(try trainer.lossScale()?.skippedSteps == 1)
    #expect(try parameters.map { try trainer.backend.read($0) } == before)
    try trainer.advance(30)
    let scale = try #require(try trainer.lossScale())
    #expect(scale.skippedSteps < 30 && scale.scale == 0x1p30 / Double(1 << scale.skippedSteps))
    #expect(try parameters.map { try trainer.backend.read($0) } != before)
    for loss in trainer.history.losses { #expect(loss.isFinite) }
  }

  @Test("are refused where there are not as many examples")
  func refusal() throws {
    #expect(
      throws: TrainingError.setting(
        "4 batches of 50 are more than the training set of 110 examples; choose fewer")
    ) {
      try trainer(4, of: 50, on: .cpu)
    }
    #expect(throws: TrainingError.self) { try trainer(0, of: 50, on: .cpu) }
  }
}
