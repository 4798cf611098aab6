import Lemnos

/// The data of a run, in the form that its task takes.
enum RunData {
  case images(Dataset)
  case examples(ExampleTask)

  /// - Parameter checkpoint: for a resumed run, the source of the meaning of columns and classes.
  init(of configuration: RunConfiguration, as checkpoint: Checkpoint? = nil) throws {
    self =
      switch configuration.model.takes {
      case .images: .images(try configuration.loadedData())
      case .table: .examples(try TableTask.examples(configuration, checkpoint))
      case .text: .examples(try LanguageTask.examples(configuration, checkpoint))
      case .labeledTexts: .examples(try TextClassificationTask.examples(configuration, checkpoint))
      case .masks: .examples(try MaskTask.examples(configuration, checkpoint))
      case .plainImages: .examples(try ReconstructionTask.examples(configuration))
      }
  }

  /// The metadata of the data for checkpoints.
  var metadata: [String: String] {
    switch self {
    // Written by the trainer.
    case .images: [:]
    case .examples(let task): task.metadata
    }
  }

  /// The detected kinds of a table's columns, in lines; nil for other data.
  var columns: String? {
    if case .examples(let task) = self { task.columns } else { nil }
  }

  /// The number of training examples after holding out the validation examples.
  func trainingCount(_ configuration: RunConfiguration) throws -> Int {
    let (all, isHeld) =
      switch self {
      case .images(let dataset): (dataset.training.count, dataset.validation != nil)
      case .examples(let task): (task.training.count, task.validation != nil)
      }
    return isHeld ? all : all - (try configuration.validationSplit.count(of: all))
  }

  var notes: [String] {
    switch self {
    case .images(let dataset): dataset.notes
    case .examples(let task): task.notes
    }
  }
}

/// Examples, and the objective that is minimized on them.
struct ExampleTask {
  let objective: any Objective
  let training: any DataSource
  /// Nil if validation examples are held out of the training examples.
  var validation: (any DataSource)?
  let test: any DataSource
  let preparation: any Preparation
  let metadata: [String: String]
  var notes: [String] = []
  var columns: String?

  /// The validation and test examples of a run.
  func measured(_ configuration: RunConfiguration) throws -> [(
    split: Trainer.Split, examples: any DataSource
  )] {
    let held = try configuration.validationSplit.count(of: training.count)
    let validation = validation ?? training.split(last: held).last
    let test = test.prefix(configuration.testSamples ?? .max)
    return [(.validation, validation), (.test, test)].filter { $0.examples.count > 0 }
  }
}

extension ExampleTask {
  /// - Parameter checkpoint: defines the meaning of columns and classes.
  init(of configuration: RunConfiguration, as checkpoint: Checkpoint) throws {
    guard case .examples(let task) = try RunData(of: configuration, as: checkpoint) else {
      preconditionFailure("classes of images have data of their own")
    }
    self = task
  }
}

/// A task as stored in a checkpoint: everything needed to apply its model to other data.
struct SavedTask {
  let objective: any Objective
  let preparation: any Preparation
  /// The fields that are inputs of the model, and those that are targets.
  let (inputs, targets): ([DataField], [DataField])

  /// - Throws: `CheckpointError` for a checkpoint without the task's description.
  init(of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration) throws {
    self =
      switch configuration.model.takes {
      case .table: try TableTask(of: checkpoint, path: path, configuration).saved
      case .text: try LanguageTask(of: checkpoint, path: path, configuration).saved
      case .labeledTexts: try TextClassificationTask(of: checkpoint, path: path, configuration).saved
      case .masks: try MaskTask(of: checkpoint, path: path, configuration).saved
      case .plainImages: try ReconstructionTask(of: checkpoint, path: path, configuration).saved
      case .images: preconditionFailure("classes of images have a predictor of their own")
      }
  }

  init(_ objective: any Objective, _ preparation: any Preparation, inputs: [DataField], targets: [DataField])
  {
    (self.objective, self.preparation, self.inputs, self.targets) = (objective, preparation, inputs, targets)
  }

  /// Examples named by the user, to evaluate the model on.
  func examples(
    at path: String, _ checkpoint: Checkpoint, _ configuration: RunConfiguration
  ) throws -> any DataSource {
    var configuration = configuration
    configuration.data = path
    switch configuration.model.takes {
    case .table:
      return try TableSource(DataTable(file: path), TableTask.schema(in: checkpoint))
    case .masks:
      let folder = try MaskTask.folder(
        path, configuration, classNames: ModelIdentity.classNames(in: checkpoint))
      return folder.test
    case .plainImages: return try configuration.loadedData().test
    case .text:
      return try LanguageTask(of: checkpoint, path: path, configuration).windows(at: path, configuration)
    case .labeledTexts:
      return try TextClassificationTask(of: checkpoint, path: path, configuration).examples(
        at: path, configuration)
    case .images: preconditionFailure("classes of images have an evaluator of their own")
    }
  }

  /// The objective, with what it measures of these examples alone: a text's bits per character.
  func measuring(
    _ examples: any DataSource, _ checkpoint: Checkpoint, path: String,
    _ configuration: RunConfiguration
  ) throws -> any Objective {
    guard configuration.model.takes == .text else { return objective }
    return try LanguageTask(of: checkpoint, path: path, configuration, measuring: examples).objective
  }

  /// One of the objective's outputs for a batch of inputs.
  func output(_ name: String, of fields: [Tensor], in pass: Pass) throws -> Tensor {
    let named = Dictionary(zip(inputs.map(\.name), fields), uniquingKeysWith: { first, _ in first })
    let batch = preparation(
      Batch(size: fields[0].shape[0], named), mode: .evaluation, random: nil)
    let outputs = try objective.outputs(of: batch, without: targets, in: pass)
    return outputs.first { $0.name == name }?.value
      ?? .invalid("export", "the objective has no output '\(name)'")
  }

  /// The trained model: takes the inputs and returns the objective's outputs.
  func model(
    from checkpoint: Checkpoint, path: String, precision: Precision, backend: BackendChoice
  ) throws -> TrainedModel {
    try TrainedModel(
      objective, from: checkpoint, path: path, inputs: inputs, targets: targets, preparation: preparation,
      precision: precision, backend: backend)
  }
}
