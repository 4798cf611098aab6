import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("The greatest batch that fits")
struct GreatestTests {
  @Test("is found for every bound", arguments: 1...40)
  func search(bound: Int) {
    for most in 0..<bound {
      #expect(greatest(below: bound) { $0 <= most } == (most == 0 ? nil : most))
    }
  }
}

#if VULKAN
import Devices
import Datasets
import Models
import Optimizers
import VulkanBackend
import VulkanDevice

@Suite("A device with too little memory", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct MemoryTests {
  private func trainer(
    batch: Int, limit: Int?, hides: Bool = false, residency: DataResidency = .automatic
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = batch
    settings.trainingSamples = 1200
    settings.dataResidency = residency
    var faults = DeviceFaults()
    faults.memoryLimit = limit
    faults.hidesMemoryLimit = hides
    let fixed = faults
    return try Trainer(
      ThreeLayerConvNet(filters: 8, kernel: 3, hidden: 16, classes: 10), data: .bundled(),
      optimizer: Momentum(learningRate: 0.01), settings: settings, seed: 5
    ) { seed, _ in (try VulkanBackend(seed: seed, cache: nil, faults: fixed), "as tested") }
  }

  /// Enough for batches of some dozens of images.
  private static let limit = 12 << 20

  @Test("says what is needed, what there is, what takes most, and the greatest batch that fits")
  func advice() throws {
    let error = try #require(throws: OutOfMemory.self) { try trainer(batch: 1000, limit: Self.limit) }
    #expect(error.available == Self.limit && error.needed > Self.limit)
    let text = "\(error)"
    #expect(text.hasPrefix("the program 'training step' needs "))
    #expect(text.contains(" MB of memory on Vulkan device 0, "))
    #expect(text.contains("which has 12.58 MB left of 12.58 MB; most is taken by "))
    #expect(error.holders.count == 3)
    // The convolution's results, 8 × 28 × 28 for each of 1,000 images, are the largest values.
    #expect(error.holders.first?.type == TensorType([1000, 8, 28, 28], .float32))
    #expect(error.holders.contains { $0.name.contains(" (") }, "with its layer")
    let advice = try #require(
      text.firstMatch(of: /\. A batch of (\d+) is the greatest that fits, instead of 1000$/))
    let batch = try #require(Int(advice.output.1))
    #expect(batch > 1)
    // The suggested batch size trains, and evaluates in batches that fit, while one more image does not fit.
    let fitting = try trainer(batch: batch, limit: Self.limit)
    try fitting.advance(1)
    for split in [Trainer.Split.training, .validation, .test] { _ = try fitting.evaluate(split) }
    #expect(throws: OutOfMemory.self) { try trainer(batch: batch + 1, limit: Self.limit) }
  }

  @Test("says the same when only an allocation finds out")
  func allocation() throws {
    let error = try #require(throws: OutOfMemory.self) {
      try trainer(batch: 1000, limit: Self.limit, hides: true)
    }
    #expect(error.needed > Self.limit)
    #expect("\(error)".contains("most is taken by "))
    #expect(
      "\(error)".hasSuffix(". Use a smaller batch or model, or close other programs that use the device"))
  }

  @Test("says so when not even one image fits")
  func nothingFits() throws {
    let error = try #require(throws: OutOfMemory.self) { try trainer(batch: 4, limit: 1 << 19) }
    #expect(
      "\(error)".hasSuffix(
        ". Not even a batch of one image fits: use a smaller model, or the CPU"))
    // The images need not be resident.
    #expect(!error.holders.contains { $0.name == "training.images" })
    let resident = try #require(throws: OutOfMemory.self) {
      try trainer(batch: 4, limit: 1 << 19, residency: .resident)
    }
    #expect(
      "\(resident)".hasSuffix(
        ". Not even a batch of one image fits: stream the images, use a smaller model, or the CPU"))
    // If they must be resident, they are listed.
    #expect(resident.holders.contains { $0.name == "training.images" })
  }

  @Test("has room for a ring of batches where it has none for all images")
  func images() throws {
    // 1,200 images are 0.9 MB, the evaluation images 1.3 MB; the step and its evaluation take about 2 MB.
    let (limited, free) = try (trainer(batch: 4, limit: 3 << 20), trainer(batch: 4, limit: nil))
    #expect(limited.streaming != nil && free.streaming == nil)
    try limited.advance(3)
    try free.advance(3)
    #expect(limited.history.losses == free.history.losses)
    for split in [Trainer.Split.training, .validation, .test] {
      #expect(try limited.evaluate(split).accuracy == free.evaluate(split).accuracy)
    }
  }

  @Test("is no trouble where there is enough")
  func enough() throws {
    let (limited, free) = try (trainer(batch: 20, limit: 64 << 20), trainer(batch: 20, limit: nil))
    try limited.advance(3)
    try free.advance(3)
    #expect(limited.history.losses == free.history.losses)
  }
}
#endif
