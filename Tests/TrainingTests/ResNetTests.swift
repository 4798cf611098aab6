import Devices
import Datasets
import Models
import Optimizers
import TestSupport
import Testing

@testable import Training

@Suite("ResNet-18", .enabled(if: VulkanUnderTest.missing == nil))
struct ResNetTests {
  /// Random images with unrelated labels, so that losses stay away from 0.
  private func trainer(on backend: BackendChoice) throws -> Trainer {
    var random = SplitMix64(seed: 18)
    let count = 40
    let images = try LabeledImages(
      pixels: (0..<count * 3 * 32 * 32).map { _ in UInt8(truncatingIfNeeded: random.next()) },
      labels: (0..<count).map { Int32($0 % 10) }, shape: ImageShape(channels: 3, height: 32, width: 32))
    let data = try Dataset(
      name: "random", training: images, test: images, classNames: (0..<10).map(String.init))
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.validation = .count(0)
    return try Trainer(
      ResNet.resNet18(classes: 10), data: data, optimizer: Momentum(learningRate: 1e-3), backend: backend,
      settings: settings, seed: 18)
  }

  @Test("comes to the same losses on the CPU and on Vulkan")
  func losses() throws {
    let (cpu, vulkan) = try (trainer(on: .cpu), trainer(on: .vulkan()))
    for step in 1...3 {
      let (a, b) = try (cpu.advance(1), vulkan.advance(1))
      // Each step amplifies the previous one's roundings: 20 convolutions of up to 4,608 products each.
      #expect(abs(a - b) <= 1e-3 * abs(a), "step \(step): \(a) on the CPU, \(b) on Vulkan")
    }
  }
}
