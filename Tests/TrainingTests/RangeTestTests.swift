import Devices
import Datasets
import Glibc
import Models
import Optimizers
import Schedules
import TestSupport
import Testing

@testable import Training

@Suite("A learning-rate range test")
struct RangeTestTests {
  private func trainer(_ schedule: any Schedule, from rate: Double) throws -> Trainer {
    var settings = TrainingSettings()
    settings.trainingSamples = 500
    return try Trainer(
      FullyConnectedNet(hidden: [30], classes: 10), data: .bundled(), optimizer: Momentum(learningRate: rate),
      schedule: schedule, backend: .cpu, settings: settings, seed: 5)
  }

  @Test("raises the rate by the same factor, and ends where the loss runs away")
  func rises() throws {
    let test = try trainer(ExponentialRise(ratio: 1e9, steps: 90), from: 1e-5).rangeTest()
    #expect(test.hasDiverged && (20..<90).contains(test.points.count))
    for (index, point) in test.points.enumerated() {
      #expect(abs(log(point.learningRate / 1e-5) - log(1e9) * Double(index) / 89) < 1e-4)
    }
    // The suggested learning rate trains the network.
    let suggestion = try #require(test.suggestion)
    let trained = try trainer(ConstantRate(), from: suggestion)
    try trained.advance(1)
    let first = try #require(trained.history.losses.first)
    try trained.advance(30)
    #expect(try #require(trained.history.losses.last) < first)
  }

  @Test("takes all steps where nothing runs away, and suggests nothing where nothing is learned")
  func flat() throws {
    let test = try trainer(ExponentialRise(ratio: 10, steps: 12), from: 1e-30).rangeTest()
    #expect(!test.hasDiverged && test.points.count == 12)
    let rising = RangeTest((0..<40).map { (pow(10, Double($0)), Double($0)) }, hasDiverged: false)
    #expect(rising.suggestion == nil)
  }

  @Test("finds where the loss falls fastest")
  func steepest() throws {
    // The loss follows a cosine that is steepest at the 30th of 60 rates.
    let losses = (0..<60).map { (learningRate: pow(10, Double($0) / 10), loss: cos(Double($0) / 60 * .pi)) }
    let suggestion = try #require(RangeTest(losses, hasDiverged: false).suggestion)
    #expect(abs(log10(suggestion) - 3) < 0.25)
  }

  @Test("wants a new trainer with a rising rate")
  func refusal() throws {
    #expect(throws: TrainingError.self) { try trainer(ConstantRate(), from: 0.01).rangeTest() }
    let begun = try trainer(ExponentialRise(ratio: 10, steps: 12), from: 1e-3)
    try begun.advance(1)
    #expect(throws: TrainingError.self) { try begun.rangeTest() }
  }
}
