import Datasets
import Devices
import Models
import Optimizers
import Testing

@testable import Training

@Suite("A step predicted on several ranks")
struct ClusterPredictionTests {
  private static let timing = ExchangeTiming(
    gradients: 0.1, update: 0.01,
    buckets: [
      .init(byteCount: 80_000_000, ready: 0.05), .init(byteCount: 40_000_000, ready: 0.06),
      .init(byteCount: 1000, ready: 0.1),
    ])
  private static let link = ClusterPrediction.Link(latency: 1e-3, bandwidth: 1e9)

  private func predict(_ ranks: Int, microBatches: Int = 1, perHost: Int = 1) -> ClusterPrediction {
    ClusterPrediction(
      of: Self.timing, ranks: ranks, microBatches: microBatches, ranksPerHost: perHost, over: Self.link,
      oneRoundLimit: 1 << 18)
  }

  private func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 }

  @Test("waits for nothing alone")
  func alone() {
    let step = predict(1)
    #expect(near(step.seconds, 0.11) && step.sums == 0 && step.exposed == 0)
  }

  @Test("sums buckets one after another, from when each is there")
  func sums() {
    let step = predict(2)
    // Two rounds: 2 ms and 80 or 40 MB each; one round: 1 ms and a kilobyte.
    let (first, second, last) = (0.082, 0.042, 1e-3 + 1e-6)
    #expect(near(step.sums, first + second + last))
    #expect(near(step.exposed, 0.05 + first + second + last - 0.1))
    #expect(near(step.seconds, 0.1 + step.exposed + 0.01))
    // With more ranks a rank sends nearly twice what it has.
    #expect(near(predict(4).sums, 0.122 + 0.062 + 1e-3 + 3e-6))
  }

  @Test("takes turns on a host, and sums after the last micro-batch")
  func turns() {
    let step = predict(2, perHost: 2)
    #expect(near(step.gradients, 0.2) && near(step.update, 0.02))
    #expect(near(step.exposed, max(0.2, 0.1 + 0.082 + 0.042) + 1e-3 + 1e-6 - 0.2))
    let many = predict(2, microBatches: 3)
    #expect(near(many.gradients, 0.3) && near(many.exposed, predict(2).exposed))
  }

  @Test("is measured in parts, in the order of sums")
  func measured() throws {
    var settings = TrainingSettings()
    (settings.batchSize, settings.microBatches, settings.trainingSamples) = (40, 4, 80)
    settings.validation = .count(20)
    func trainer() throws -> Trainer {
      try Trainer(
        TwoLayerNet(hidden: 100, classes: 10), data: .bundled(), optimizer: Momentum(learningRate: 0.01),
        backend: .cpu, settings: settings)
    }
    let timing = try trainer().timeExchange(rounds: 2)
    // The first layer's weights, and all the rest with the loss and the wishes to stop and to save.
    #expect(timing.buckets.map(\.byteCount) == [4 * 784 * 100, 4 * (100 + 1000 + 10 + 3)])
    #expect(timing.gradients > 0 && timing.update > 0)
    #expect(timing.buckets.allSatisfy { $0.ready > 0 && $0.ready <= timing.gradients })
    settings.microBatches = nil
    #expect(throws: TrainingError.self) { try trainer().timeExchange(rounds: 1) }
  }
}
