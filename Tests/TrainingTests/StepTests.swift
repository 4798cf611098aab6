import Devices
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Schedules
import Sessions
import Tensors
import TestSupport
import Testing
import Training

/// The backends available on this machine.
private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

private func trainer(
  on backend: BackendChoice = .cpu, optimizer: any Optimizer = Momentum(learningRate: 0.01),
  _ change: (inout TrainingSettings) -> Void = { _ in }
) throws -> Trainer {
  var settings = TrainingSettings()
  settings.batchSize = 37
  settings.trainingSamples = 500
  settings.regularization = 1e-3
  change(&settings)
  return try Trainer(
    FullyConnectedNet(hidden: [23, 11], classes: 10), data: .bundled(), optimizer: optimizer,
    schedule: EpochDecay(0.9), backend: backend, settings: settings, seed: 5)
}

@Suite("A training step", .serialized)
struct StepTests {
  @Test("gives the same bits one by one and replayed", arguments: backends)
  func replay(_ backend: BackendChoice) throws {
    let (single, replayed) = try (trainer(on: backend), trainer(on: backend))
    for _ in 0..<23 { try single.advance(1) }
    try replayed.advance(23)
    #expect(single.history.losses == replayed.history.losses)
    #expect(try single.checkpoint() == replayed.checkpoint())
  }

  @Test("is the same on the CPU and on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func backendsAgree() throws {
    let (cpu, vulkan) = try (trainer(on: .cpu), trainer(on: .vulkan()))
    try cpu.advance(60)
    try vulkan.advance(60)
    for (a, b) in zip(cpu.history.losses, vulkan.history.losses) {
      #expect(abs(a - b) <= 1e-4 * abs(a))  // rounding in another order, over 60 steps
    }
  }

  @Test("follows a learning rate that changes in mid-run, and keeps it in checkpoints", arguments: backends)
  func changedRate(_ backend: BackendChoice) throws {
    let first = try trainer(on: backend, optimizer: SGD(learningRate: 0.01))
    #expect(try abs(first.learningRate() - 0.01) < 1e-8)
    try first.advance(3)
    try first.setLearningRate(1e-30)
    let before = try first.states.parameters.map { try first.backend.read($0) }
    try first.advance(2)
    // So small a rate changes nothing, and is multiplied by the schedule.
    #expect(try first.states.parameters.map { try first.backend.read($0) } == before)
    #expect(try abs(first.learningRate() / 1e-30 - 1) < 1e-6)
    let other = try trainer(on: backend, optimizer: SGD(learningRate: 0.5))
    try other.resume(from: first.checkpoint(), path: "here")
    try other.advance(1)
    #expect(try other.states.parameters.map { try other.backend.read($0) } == before)
    #expect(throws: TrainingError.self) { try first.setLearningRate(0) }
  }

  @Test("multiplies its rate when nothing gets better", arguments: backends)
  func plateau(_ backend: BackendChoice) throws {
    var settings = TrainingSettings()
    (settings.batchSize, settings.trainingSamples) = (50, 100)
    let trainer = try Trainer(
      TwoLayerNet(hidden: 5, classes: 10), data: .bundled(), optimizer: SGD(learningRate: 1e-9),
      schedule: ReduceOnPlateau(0.5, patience: 0), backend: backend, settings: settings, seed: 5)
    try trainer.run(epochs: 4)
    // So small a rate gives no improvement; the rate of the last step was set at the end of the third epoch.
    #expect(try abs(trainer.learningRate() / 0.25e-9 - 1) < 1e-6)
  }

  @Test("decays the learning rate after each epoch")
  func decay() throws {
    for (step, factor) in [(0, 1), (9, 1), (10, 0.5), (29, 0.25), (30, 0.125)] {
      let value = EpochDecay(0.5).factor(atStep: Tensor(Double(step), dtype: .int32), stepsPerEpoch: 10)
      #expect(try abs(value.values().doubles[0] - factor) < 1e-6)
    }
  }

  @Test("visits every image of whole batches once an epoch")
  func order() throws {
    let key = Tensor([Int32(1), 2], shape: [2])
    for epoch in 0..<3 {
      let numbers = try (0..<7).flatMap { step in
        try shuffledBatch(14, of: 100, key: key, counter: Tensor(Double(7 * epoch + step), dtype: .int32))
          .values().elements(as: Int32.self)
      }
      #expect(Set(numbers).count == 98)
      #expect(numbers.allSatisfy { (0..<100).contains($0) })
    }
  }
}

@Suite("A run")
struct RunTests {
  @Test("learns fifty images by heart")
  func overfit() throws {
    var settings = TrainingSettings()
    settings.trainingSamples = 50
    settings.batchSize = 25
    let net = try Trainer(
      FullyConnectedNet(hidden: [100, 100, 100, 100], classes: 10), data: .bundled(),
      optimizer: Momentum(learningRate: 0.01), backend: .cpu, settings: settings, seed: 231)
    #expect(try net.run(epochs: 20).epochs.last?.trainingAccuracy == 1)
  }

  @Test("keeps the parameters of its best epoch")
  func best() throws {
    let net = try trainer()
    let history = try net.run(epochs: 4)
    let best = try #require(history.best)
    #expect(history.epochs.allSatisfy { ($0.validationAccuracy ?? 0) <= (best.validationAccuracy ?? 0) })
    #expect(try net.withBestParameters { try net.evaluate(.validation).accuracy } == best.validationAccuracy)
    let last = try #require(history.epochs.last)
    #expect(try net.evaluate(.validation).accuracy == last.validationAccuracy)
  }

  @Test("measures every image, whole batches or not")
  func evaluation() throws {
    let net = try trainer { $0.validation = .count(333) }
    #expect(try net.evaluate(.validation).count == 333)
    #expect(try net.evaluate(.test).count == 1000)
    // Before training all classes are about equally likely.
    #expect(try abs(net.evaluate(.test).loss - 2.3) < 1)
  }

  @Test("stops when the loss is no longer a number, and names the step")
  func divergence() throws {
    let net = try trainer(optimizer: SGD(learningRate: 1e9))
    #expect(throws: TrainingError.self) { try net.run(epochs: 3) }
  }

  @Test("refuses scores that do not fit the classes")
  func scores() {
    #expect {
      try Trainer(TwoLayerNet(classes: 7), data: .bundled(), optimizer: SGD(learningRate: 0.1), backend: .cpu)
    } throws: { error in
      "\(error)" == "the model gives scores [100, 7], but the data needs [100, 10]"
    }
  }

  @Test("penalizes weights and spares biases")
  func penalty() throws {
    let net = try trainer()
    #expect(
      net.states.states.filter { $0.role == .weight }.map(\.name) == ["0.weight", "2.weight", "4.weight"])
    #expect(net.states.states.filter { $0.role == .bias }.map(\.name) == ["0.bias", "2.bias", "4.bias"])
  }
}
