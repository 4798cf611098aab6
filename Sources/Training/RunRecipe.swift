import Layers
import Losses
import Optimizers
import Programs
import Schedules
import Tensors

/// What a run computes, and on which images, wherever those are: makes its programs.
struct RunRecipe {
  let model: any Layer
  let states: StateStore
  let normalizer: PixelNormalizer
  let loss: Loss
  let optimizer: any Optimizer
  let schedule: any Schedule
  let classes: Int
  let seed: UInt64
  var settings: TrainingSettings

  /// What is trained on.
  var training: ImageSet
  /// What is measured besides.
  var others: [Trainer.Split: ImageSet]

  /// The splits that are measured: those with images.
  var splits: [Trainer.Split] {
    [.training, .validation, .test].filter { $0 == .training || others[$0] != nil }
  }

  var sets: [Trainer.Split: ImageSet] { others.merging([.training: training]) { first, _ in first } }

  func trainingStep(_ placement: DataPlacement, on device: DeviceMemory) throws -> TrainingStep {
    let source = source(
      .training, training, batchSize: settings.batchSize, batches: .max, name: training.name, placement,
      device)
    return try TrainingStep(
      model, states: states, normalizer: normalizer, loss: loss, optimizer: optimizer, schedule: schedule,
      data: source, count: training.count, classes: classes, settings: settings, seed: seed)
  }

  /// - Throws: `TrainingError.setting` for a split without images.
  func images(_ split: Trainer.Split) throws -> ImageSet {
    guard let set = split == .training ? training : others[split] else {
      throw TrainingError.setting("no images are held out for \(split.rawValue)")
    }
    return set
  }

  /// - Throws: `TrainingError.setting` for a split without images.
  func evaluationStep(
    _ split: Trainer.Split, _ placement: DataPlacement, on device: DeviceMemory
  ) throws -> EvaluationStep {
    let set = try images(split)
    let most =
      switch split {
      case .training: settings.accuracySamples
      case .validation: settings.validationSamples ?? .max
      case .test: settings.testSamples ?? .max
      }
    let count = min(set.count, most)
    let batch = min(placement.evaluationBatch, count)
    let source = source(
      split, set, batchSize: batch, batches: (count + batch - 1) / batch, name: "\(set.name).evaluation",
      placement, device)
    return try EvaluationStep(
      model, states: states, normalizer: normalizer, loss: loss, on: source, name: set.name, count: count,
      batchSize: batch, classes: classes, precision: settings.precision)
  }

  private func source(
    _ split: Trainer.Split, _ set: ImageSet, batchSize: Int, batches: Int, name: String,
    _ placement: DataPlacement, _ device: DeviceMemory
  ) -> BatchSource {
    guard placement.streamed.contains(split) else { return .resident(set.resident) }
    let most = min(placement.ringByteCount, device.largestValue ?? .max, device.largestPiece ?? .max)
    return .streamed(
      BatchRing(
        name, batchSize: batchSize, of: set.shape, batches: batches, upTo: most))
  }
}
