import Execution
import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("A moving average of parameters", .serialized)
struct WeightAverageTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private func trainer(
    _ ema: Double?, on backend: BackendChoice = .cpu, seed: UInt64 = 5,
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    (settings.batchSize, settings.ema) = (20, ema)
    settings.trainingSamples = 100
    settings.accuracySamples = 50
    settings.validation = .count(30)
    settings.regularization = 1e-3
    change(&settings)
    return try Trainer(
      FullyConnectedNet(hidden: [9], classes: 10, normalization: .batch), data: .bundled(),
      optimizer: Momentum(learningRate: 0.1), backend: backend, settings: settings, seed: seed)
  }

  @Test(
    "follows what is trained by its formula, and what is trained does not know of it", arguments: backends)
  func formula(backend: BackendChoice) throws {
    let (plain, averaged) = try (trainer(nil, on: backend), trainer(0.75, on: backend))
    var means = try plain.states.parameters.map { try plain.backend.read($0).doubles }
    #expect(try averaged.states.parameters.map { try averaged.backend.read($0).doubles } == means)
    for _ in 0..<6 {
      for trainer in [plain, averaged] { try trainer.advance(1) }
      for (index, parameter) in plain.states.parameters.enumerated() {
        let values = try plain.backend.read(parameter)
        let average = try #require(averaged.states[parameter.name])
        let trained = try #require(averaged.trainingStep.trained[average])
        #expect(try averaged.backend.read(trained) == values, "\(parameter.name)")
        for (place, value) in values.doubles.enumerated() {
          means[index][place] += 0.25 * (value - means[index][place])
        }
        let found = try averaged.backend.read(average).doubles
        for (a, b) in zip(found, means[index]) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }  // float32
      }
    }
  }

  @Test("is what is measured, kept as best and saved")
  func measured() throws {
    let averaged = try trainer(0.9)
    try averaged.run(epochs: 2)
    let plain = try trainer(nil)
    try plain.run(epochs: 2)
    let evaluation = try averaged.evaluate(.validation)
    #expect(try plain.evaluate(.validation) != evaluation)
    // A network that knows nothing of averages has them by loading the checkpoint.
    try plain.load(averaged.checkpoint(), path: "last")
    #expect(try plain.evaluate(.validation) == evaluation)
    let best = averaged.bestCheckpoint()
    #expect(best.tensors.keys.allSatisfy { !$0.hasPrefix("optimizer.") })
    try plain.load(best, path: "best")
    #expect(
      try plain.evaluate(.validation) == averaged.withBestParameters { try averaged.evaluate(.validation) })
  }

  @Test("goes on with the same bits, with several batches a step and in fp16 too", arguments: backends)
  func resume(backend: BackendChoice) throws {
    func make() throws -> Trainer {
      try trainer(0.9, on: backend) {
        ($0.batchSize, $0.accumulation, $0.precision, $0.clipValue) = (10, 2, .float16, 0.01)
      }
    }
    let (whole, first, second) = try (make(), make(), make())
    try whole.run(epochs: 4)
    try first.run(epochs: 2)
    try second.resume(from: first.checkpoint(), path: "first")
    try second.run(epochs: 4)
    #expect(try whole.checkpoint() == second.checkpoint())
  }

  @Test("begins anew with another run's parameters, and spares those that stay as they are")
  func beginning() throws {
    let origin = try trainer(nil, seed: 9)
    try origin.run(epochs: 1)
    let averaged = try trainer(0.9) { $0.frozen = ["0.*"] }
    _ = try averaged.start(from: origin.checkpoint(), path: "origin")
    for parameter in averaged.states.parameters {
      let trained = averaged.trainingStep.trained[parameter]
      #expect((trained == nil) == parameter.name.hasPrefix("0."))
      let began = try origin.backend.read(#require(origin.states[parameter.name]))
      for state in [parameter, trained ?? parameter] { #expect(try averaged.backend.read(state) == began) }
    }
    let frozen = try #require(averaged.states["0.weight"])
    let before = try averaged.backend.read(frozen)
    try averaged.advance(3)
    #expect(try averaged.backend.read(frozen) == before)
  }
}
