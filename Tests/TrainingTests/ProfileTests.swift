import Diagnostics
import Devices
import Datasets
import Models
import Optimizers
import Execution
import Programs
import TestSupport
import Testing

@testable import Training

@Suite("A profile")
struct ProfileTests {
  private func profile(on backend: BackendChoice, predictedOn card: CardModel?) throws -> StepProfile {
    var settings = TrainingSettings()
    settings.batchSize = 10
    settings.trainingSamples = 50
    let trainer = try Trainer(
      TwoLayerNet(hidden: 20, classes: 10), data: .bundled(), optimizer: SGD(learningRate: 0.1),
      backend: backend, settings: settings, seed: 1)
    let peak = try DevicePeak(on: backend)
    return try trainer.profile(steps: 2, comparedWith: peak, predictedOn: card)
  }

  @Test(
    "has what was expected of a known card beside what was measured, kernel by kernel",
    .enabled(if: VulkanUnderTest.missing == nil))
  func expected() throws {
    let card = try #require(CardModel.all.first { $0.name == "rtx4090" })
    let profile = try profile(on: .vulkan(), predictedOn: card)
    let expected = profile.rows.compactMap(\.expectedMicroseconds)
    #expect(expected.count > 3 && expected.allSatisfy { $0 > 0 })
    let step = try #require(profile.expectedMicroseconds)
    // The rest is synchronization between levels.
    #expect(expected.reduce(0, +) < step)
  }

  @Test("expects nothing of a device whose maker's figures are not known")
  func unknown() throws {
    let profile = try profile(on: .cpu, predictedOn: nil)
    #expect(profile.expectedMicroseconds == nil)
    #expect(!profile.rows.isEmpty && profile.rows.allSatisfy { $0.expectedMicroseconds == nil })
  }
}
