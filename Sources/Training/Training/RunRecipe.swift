import Datasets
import Optimizers
import Execution
import Programs
import Schedules
import Tensors

/// The computation of a run and its examples, independent of placement: makes its programs.
struct RunRecipe {
  let objective: any Objective
  let states: StateStore
  let preparation: any Preparation
  let optimizer: any Optimizer
  let schedule: any Schedule
  let seed: UInt64
  var settings: TrainingSettings
  /// This process among the ranks of the run; nil for one alone.
  var place: OptimizerShards.Place?

  /// The training set.
  var training: ExampleSet
  /// Its examples by class, for balanced sampling.
  var classes: ClassRows?
  /// The other splits.
  var others: [Trainer.Split: ExampleSet]

  /// The splits that are evaluated: those with examples.
  var splits: [Trainer.Split] {
    [.training, .validation, .test].filter { $0 == .training || others[$0] != nil }
  }

  var sets: [Trainer.Split: ExampleSet] { others.merging([.training: training]) { first, _ in first } }

  func trainingStep(_ placement: DataPlacement, on device: DeviceMemory) throws -> TrainingStep {
    let source = try source(
      .training, training, batchSize: settings.batchSize, batches: .max, name: training.name, placement,
      device)
    return try TrainingStep(
      objective, states: states, preparation: preparation, optimizer: optimizer, schedule: schedule,
      data: source, count: training.count, settings: settings, seed: seed, classes: classes,
      place: place)
  }

  /// - Throws: `TrainingError.setting` for a split without examples.
  func examples(_ split: Trainer.Split) throws -> ExampleSet {
    guard let set = split == .training ? training : others[split] else {
      throw TrainingError.setting("no examples are held out for \(split.rawValue)")
    }
    return set
  }

  /// - Throws: `TrainingError.setting` for a split without examples.
  func evaluationStep(
    _ split: Trainer.Split, _ placement: DataPlacement, on device: DeviceMemory
  ) throws -> EvaluationStep {
    let set = try examples(split)
    let most =
      switch split {
      case .training: settings.accuracySamples
      case .validation: settings.validationSamples ?? .max
      case .test: settings.testSamples ?? .max
      }
    let count = min(set.count, most)
    let batch = min(placement.evaluationBatch, count)
    let source = try source(
      split, set, batchSize: batch, batches: (count + batch - 1) / batch, name: "\(set.name).evaluation",
      placement, device)
    return try EvaluationStep(
      objective, states: states, preparation: preparation, on: source, name: set.name, count: count,
      batchSize: batch, precision: settings.precision)
  }

  private func source(
    _ split: Trainer.Split, _ set: ExampleSet, batchSize: Int, batches: Int, name: String,
    _ placement: DataPlacement, _ device: DeviceMemory
  ) throws -> BatchSource {
    guard placement.streamed.contains(split) else { return .resident(try set.resident(), set.fields) }
    let most = min(placement.ringByteCount, device.largestValue ?? .max, device.largestPiece ?? .max)
    return .streamed(
      BatchRing(
        name, batchSize: batchSize, of: set.fields, batches: batches, upTo: most))
  }
}

extension RunRecipe {
  /// - Parameter validation: an empty one for none; nil for a part of the training examples, by the settings.
  /// - Throws: `TrainingError.setting`; errors of the examples.
  init(
    _ objective: any Objective, training: any DataSource, validation: (any DataSource)?,
    test: (any DataSource)?, preparation: any Preparation, optimizer: any Optimizer,
    schedule: any Schedule, settings: TrainingSettings, seed: UInt64, place: OptimizerShards.Place? = nil
  ) throws {
    var (trained, held) = (training, validation)
    if validation == nil {
      let count = try settings.validation.count(of: training.count)
      if count > 0 { (trained, held) = training.split(last: count) }
    }
    trained = trained.prefix(try settings.trainingCount(of: trained.count))
    try settings.check(trainingCount: trained.count)
    try checkLearningRate(optimizer.learningRate)
    var others: [Trainer.Split: ExampleSet] = [:]
    if let test, test.count > 0 { others[.test] = ExampleSet("test", test) }
    if let held, held.count > 0 { others[.validation] = ExampleSet("validation", held) }
    self.init(
      objective: objective, states: settings.makeStates(), preparation: preparation, optimizer: optimizer,
      schedule: schedule, seed: seed, settings: settings, place: place,
      training: ExampleSet("training", trained),
      classes: settings.sampling == .balanced ? try ClassRows(of: trained, for: objective) : nil,
      others: others)
  }
}
