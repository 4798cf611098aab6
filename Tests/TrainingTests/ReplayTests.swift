import Devices
import Datasets
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

/// A net so small that the time of a step is dispatch overhead.
private func tinyTrainer() throws -> Trainer {
  let images = try LabeledImages(
    pixels: (0..<64 * 16).map { UInt8(truncatingIfNeeded: $0 &* 37) }, labels: (0..<64).map { Int32($0 % 4) },
    shape: ImageShape(channels: 1, height: 4, width: 4))
  let data = try Dataset(
    name: "tiny", training: images, test: images, classNames: (0..<4).map(String.init))
  var settings = TrainingSettings()
  settings.batchSize = 8
  settings.validation = .count(16)
  settings.regularization = 0
  return try Trainer(
    TwoLayerNet(hidden: 4, classes: 4), data: data, optimizer: SGD(learningRate: 1e-3), backend: .vulkan(),
    settings: settings, seed: 3)
}

@Suite("A replayed step", .serialized, .enabled(if: VulkanUnderTest.missing == nil))
struct ReplayTests {
  @Test("makes nothing new over 10,000 steps")
  func nothingNew() throws {
    let trainer = try tinyTrainer()
    // Epochs of 6 steps, prepared for as many.
    try trainer.prepare(steps: 1000)
    try trainer.advance(1)
    let mark = CounterMark(trainer.backend, trainer.executable)
    let before = try (#require(mark.backend), #require(mark.replay))
    for _ in 0..<2500 { try trainer.advance(4) }
    let after = CounterMark(trainer.backend, trainer.executable)
    let made = try #require(after.backend) - before.0
    #expect(made.allocations == 0 && made.allocatedByteCount == 0)
    #expect(made.pipelines == 0 && made.descriptorSets == 0 && made.recordings == 0)
    // One copy reads the losses of four steps.
    #expect(made.transfers == 2500 && made.submissions == 5000)
    let replay = try #require(after.replay) - before.1
    #expect(replay.steps == 10_000 && replay.submissions == 2500)
    #expect(replay.dispatches.isMultiple(of: 10_000) && replay.dispatches > 0)
    #expect(replay.hostNanoseconds > 0)
  }

  @Test("of a whole run makes nothing new after its first step, whatever lengths its reports ask for")
  func run() throws {
    for interval in [nil, 1, 5] {
      let trainer = try tinyTrainer()
      try trainer.run(epochs: 40, reportEvery: interval)
      let counters = trainer.counters
      let (before, since) = try (#require(counters.untilFirstStep), #require(counters.sinceFirstStep))
      #expect(before.allocations > 0 && before.pipelines > 0 && before.descriptorSets > 0)
      #expect(before.recordings > 0 && before.allocatedByteCount > 0)
      #expect(since.allocations == 0 && since.pipelines == 0 && since.descriptorSets == 0)
      #expect(since.recordings == 0)
      #expect(since.transfers > 0)
      let steps = 40 * 6
      #expect(try #require(counters.replay).steps == steps - 1)
      #expect(try #require(counters.hostMicrosecondsPerStep) > 0)
      #expect(counters.residentAtFirstEpoch != nil && counters.resident != nil)
    }
  }
}
