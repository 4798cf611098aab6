import Devices
import Datasets
import Layers
import Models
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

@Suite("A run that computes blocks again", .serialized)
struct RecomputationRunTests {
  private func trainer(
    _ recomputation: Recomputation, _ model: some Layer, on backend: BackendChoice = .cpu
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.trainingSamples = 64
    settings.regularization = 1e-3
    settings.clipNorm = 1
    settings.augmentation = Augmentation(horizontalFlip: true, shift: 1)
    settings.recomputation = recomputation
    return try Trainer(
      model, data: .bundled(), optimizer: Momentum(learningRate: 0.01), backend: backend, settings: settings,
      seed: 7)
  }

  private static let models: [any Layer] = [
    ResNet(.basic, depths: [1, 1], widths: [4, 6], classes: 10),
    VGG(groups: [[3], [4, 4]], classes: 10),
    Sequential {
      Recomputed {
        Dense(30)
        BatchNorm()
        ReLU()
        Dropout(0.3)
      }
      Dense(10)
    },
  ]

  @Test("comes to the same bits on the CPU", arguments: models.indices)
  func sameBits(index: Int) throws {
    let model = Self.models[index]
    // The same model without the layer that requests checkpointing itself.
    let plain: any Layer =
      (model as? Sequential).map { sequential in
        Sequential(sequential.layers.map { ($0 as? Recomputed)?.layer ?? $0 })
      } ?? model
    let kept = try trainer(.none, plain)
    let again = try trainer(.blocks, model)
    try kept.advance(6)
    try again.advance(6)
    #expect(kept.history.losses == again.history.losses)
    #expect(try kept.checkpoint() == again.checkpoint())
    #expect(kept.plan != again.plan)
  }

  @Test("comes to the same losses on Vulkan", .enabled(if: VulkanUnderTest.missing == nil))
  func sameLosses() throws {
    let kept = try trainer(.none, Self.models[0], on: .vulkan())
    let again = try trainer(.blocks, Self.models[0], on: .vulkan())
    try kept.advance(4)
    try again.advance(4)
    for (a, b) in zip(kept.history.losses, again.history.losses) {
      // Shader compilers contract products and sums, differently in different kernels.
      #expect(abs(a - b) < 1e-4 * abs(a))
    }
  }
}
