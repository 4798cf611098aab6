import Devices
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite("A run with a limit of memory")
struct MemoryLimitTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

  private let optimizer = Momentum(learningRate: 0.01)

  private func settings(_ batch: Int, _ recomputation: Recomputation = .none) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batch
    settings.trainingSamples = 1200
    settings.recomputation = recomputation
    return settings
  }

  private func trainer(
    _ model: some Layer = ThreeLayerConvNet(filters: 8, kernel: 3, hidden: 16, classes: 10), batch: Int,
    limit: Int?, on backend: BackendChoice
  ) throws -> Trainer {
    try Trainer(
      model, data: .bundled(), optimizer: optimizer,
      backend: .limited(backend, to: BackendLimits(memory: limit)), settings: settings(batch), seed: 5)
  }

  private func plan(
    _ model: some Layer = ThreeLayerConvNet(filters: 8, kernel: 3, hidden: 16, classes: 10), batch: Int,
    limit: Int?, on backend: BackendChoice, _ recomputation: Recomputation = .none
  ) throws -> StepPlan {
    try StepPlan(
      of: model, images: DatasetSize(of: Dataset.bundledName), optimizer: optimizer,
      backend: .limited(backend, to: BackendLimits(memory: limit)), settings: settings(batch, recomputation),
      seed: 5)
  }

  /// Enough for batches of some dozens of images.
  private static let limit = 12 << 20

  @Test("is refused with the greatest batch that fits, which trains", arguments: backends)
  func advice(backend: BackendChoice) throws {
    let error = try #require(throws: OutOfMemory.self) {
      try trainer(batch: 1000, limit: Self.limit, on: backend)
    }
    #expect(error.available == Self.limit && error.needed > Self.limit && error.isCutByRequest)
    let text = "\(error)"
    #expect(text.contains("which has 12.58 MB left of a limit of 12.58 MB; most is taken by "))
    #expect(error.holders.count == 3)
    let advice = try #require(
      text.firstMatch(of: /\. A batch of (\d+) is the greatest that fits, instead of 1000$/))
    let batch = try #require(Int(advice.output.1))
    #expect(try batch > 1 && plan(batch: 1000, limit: Self.limit, on: backend).largestBatchSize == batch)
    let fitting = try trainer(batch: batch, limit: Self.limit, on: backend)
    try fitting.advance(1)
    for split in [Trainer.Split.training, .validation, .test] { _ = try fitting.evaluate(split) }
    #expect(throws: OutOfMemory.self) { try trainer(batch: batch + 1, limit: Self.limit, on: backend) }
  }

  @Test("is told when recomputing helps", arguments: backends)
  func recomputed(backend: BackendChoice) throws {
    let model = ResNet.resNet20(classes: 10)
    // If nothing fits, the plan is the one with the least memory.
    let all = try plan(model, batch: 200, limit: 1, on: backend).memory.total
    let less = try plan(model, batch: 200, limit: 1, on: backend, .blocks).memory.total
    #expect(less < all)
    let error = try #require(throws: OutOfMemory.self) {
      try trainer(model, batch: 200, limit: (all + less) / 2, on: backend)
    }
    #expect(
      "\(error)".contains(
        /\. With --recompute blocks a batch of 200 fits; without, \d+ is the greatest that does$/), "\(error)"
    )
  }

  @Test("is told when nothing helps", arguments: backends)
  func nothingFits(backend: BackendChoice) throws {
    let error = try #require(throws: OutOfMemory.self) { try trainer(batch: 4, limit: 1 << 18, on: backend) }
    #expect(
      "\(error)".hasSuffix(
        ". Not even a batch of one image fits: use a smaller model, or a higher memory limit"))
  }

  @Test("computes the same as one without", arguments: backends)
  func enough(backend: BackendChoice) throws {
    let (limited, free) = try (
      trainer(batch: 20, limit: 64 << 20, on: backend), trainer(batch: 20, limit: nil, on: backend)
    )
    try limited.advance(3)
    try free.advance(3)
    #expect(limited.history.losses == free.history.losses)
  }
}
