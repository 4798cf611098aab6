import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Schedules
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("Regularization of a run")
struct RegularizationTests {
  private func trainer(
    _ optimizer: any Optimizer, schedule: any Schedule = ConstantRate(), on backend: BackendChoice = .cpu,
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 20
    settings.trainingSamples = 100
    change(&settings)
    return try Trainer(
      FullyConnectedNet(hidden: [9], classes: 10), data: .bundled(), optimizer: optimizer, schedule: schedule,
      backend: backend, settings: settings, seed: 5)
  }

  private func parameters(_ trainer: Trainer) throws -> [String: [Double]] {
    let tensors = try trainer.checkpoint().tensors
    return Dictionary(
      uniqueKeysWithValues: trainer.states.parameters.map { ($0.name, tensors[$0.name]?.doubles ?? []) })
  }

  @Test("AdamW takes η λ w from the weights, and nothing from biases")
  func decay() throws {
    let (plain, decaying) = try (
      trainer(Adam(learningRate: 0.01)), trainer(AdamW(learningRate: 0.01, weightDecay: 5))
    )
    let before = try parameters(plain)
    try plain.advance(1)
    try decaying.advance(1)
    let (without, with) = try (parameters(plain), parameters(decaying))
    for (name, values) in without {
      for (index, value) in values.enumerated() {
        let expected = name.hasSuffix("weight") ? value - 0.05 * before[name, default: []][index] : value
        #expect(abs(with[name, default: []][index] - expected) < 1e-6)  // float32
      }
    }
    #expect(with["0.weight"] != without["0.weight"])
  }

  @Test("clipping limits how far a step goes, on every backend")
  func clipping() throws {
    for backend: BackendChoice in VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu] {
      let net = try trainer(SGD(learningRate: 1), on: backend) { $0.clipNorm = 0.125 }
      let before = try parameters(net)
      try net.advance(1)
      let square = try parameters(net).reduce(0) { sum, entry in
        zip(entry.value, before[entry.key, default: []]).reduce(sum) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      #expect(abs(square.squareRoot() - 0.125) < 1e-5)  // 7,000 differences in float32
      let (free, wide) = try (
        trainer(SGD(learningRate: 0.1), on: backend),
        trainer(SGD(learningRate: 0.1), on: backend) { $0.clipNorm = 1e9 }
      )
      try free.advance(3)
      try wide.advance(3)
      for (a, b) in zip(free.history.losses, wide.history.losses) { #expect(abs(a - b) <= 1e-5 * abs(a)) }
    }
  }

  @Test("cutting gradients limits how far each number goes, on every backend")
  func cutting() throws {
    for backend: BackendChoice in VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu] {
      let (free, cut) = try (
        trainer(SGD(learningRate: 1), on: backend),
        trainer(SGD(learningRate: 1), on: backend) { $0.clipValue = 0.01 }
      )
      let before = try parameters(free)
      for trainer in [free, cut] { try trainer.advance(1) }
      let (far, near) = try (parameters(free), parameters(cut))
      var isCut = false
      for (name, values) in before {
        for (index, value) in values.enumerated() {
          let step = far[name, default: []][index] - value
          isCut = isCut || abs(step) > 0.02
          let expected = max(-0.01, min(0.01, step))
          #expect(abs(near[name, default: []][index] - value - expected) < 1e-6, "\(name)")  // float32
        }
      }
      #expect(isCut)
    }
  }

  @Test("a cosine goes on where it was, with the same bits")
  func resume() throws {
    func make() throws -> Trainer {
      try trainer(AdamW(learningRate: 0.01), schedule: WarmUp(epochs: 1, then: CosineDecay(epochs: 4))) {
        $0.clipNorm = 1
        $0.normalization = .perChannel
      }
    }
    let (whole, first, second) = try (make(), make(), make())
    try whole.run(epochs: 4)
    try first.run(epochs: 2)
    try second.resume(from: first.checkpoint(), path: "first")
    try second.run(epochs: 4)
    #expect(try whole.checkpoint() == second.checkpoint())
  }

  @Test("per-channel normalization gives each channel mean 0 and deviation 1")
  func perChannel() throws {
    // Two channels of six pixels, one with little contrast and one with much.
    let pixels = (0..<60).map { (index: Int) -> UInt8 in
      let isFirst = index / 6 % 2 == 0
      return UInt8(isFirst ? 100 + index % 7 : index * 4 % 251)
    }
    let images = try LabeledImages(
      pixels: pixels, labels: [0, 1, 2, 3, 4], shape: ImageShape(channels: 2, height: 2, width: 3))
    let normalizer = try PixelNormalizer(.perChannel, of: images)
    #expect(normalizer.mean.shape == [1, 2, 1, 1] && normalizer.scale.shape == [1, 2, 1, 1])
    let found = try normalizer(Tensor(pixels, shape: [5, 2, 2, 3])).values().doubles
    for channel in 0..<2 {
      let values = found.enumerated().filter { $0.offset / 6 % 2 == channel }.map(\.element)
      #expect(values.count == 30)
      #expect(abs(values.reduce(0, +) / 30) < 1e-5)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 30 - 1) < 1e-5)
    }
  }
}
