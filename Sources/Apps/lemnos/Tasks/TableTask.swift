import FoundationEssentials
import Lemnos

/// Regression, classification or multi-label classification of table rows, from numbers and categories.
struct TableTask {
  let schema: TableSchema
  let task: RunConfiguration.Task
  private let preparation: Standardization
  private let objective: any Objective

  private static let key = "lemnos.table"

  /// - Parameter labels: the training labels, for balanced class weights.
  init(
    _ schema: TableSchema, _ preparation: Standardization, _ configuration: RunConfiguration,
    labels: [Int32]? = nil
  ) throws {
    (self.schema, self.preparation) = (schema, preparation)
    task = configuration.task ?? (schema.classes.isEmpty ? .regression : .classification)
    let net = TabularNet(
      hidden: configuration.hidden,
      outputs: schema.classes.isEmpty ? schema.targets.count : schema.classes.count,
      categories: schema.categories.map { $0.values.count + 1 }, dropout: configuration.dropout)
    let predict: @Sendable (Batch, Pass) -> Tensor = { batch, pass in
      net(
        numbers: schema.numbers.isEmpty ? nil : batch[TableSource.numbersField],
        categories: schema.categories.isEmpty ? nil : batch[TableSource.categoriesField], in: pass)
    }
    objective =
      switch task {
      case .classification:
        Classification(
          classes: schema.classes.count, loss: configuration.makeLoss(), label: TableSource.labelsField,
          classWeights: try labels.flatMap { labels in
            try configuration.classWeights?.weights(of: labels, classes: schema.classes.count)
          }, metrics: configuration.metrics ?? [.accuracy], predict)
      case .multiLabel: MultiLabelClassification(labels: TableSource.targetField, predict)
      default:
        Regression(
          target: TableSource.targetField, scaling: preparation[TableSource.targetField], predict)
      }
  }

  /// - Throws: `CheckpointError` for a checkpoint without a table schema.
  init(of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration) throws {
    let schema = try Self.schema(in: checkpoint, path: path)
    let statistics = Standardization(
      schema.fields(), standardizing: [TableSource.numbersField], measuring: [TableSource.targetField])
    try self.init(schema, statistics, configuration)
  }

  /// - Throws: `CheckpointError` for a checkpoint that has none.
  static func schema(in checkpoint: Checkpoint, path: String = "the checkpoint") throws -> TableSchema {
    guard let text = checkpoint.metadata[key],
      let schema = try? JSONDecoder().decode(TableSchema.self, from: FoundationEssentials.Data(text.utf8))
    else { throw CheckpointError(.unusable, path: path, "does not say which columns its model goes by") }
    return schema
  }

  /// The objective's name for the prediction.
  var output: String {
    switch task {
    case .classification: "scores"
    case .multiLabel: "probabilities"
    default: "prediction"
    }
  }

  var saved: SavedTask {
    let inputs = schema.fields(withTargets: false)
    return SavedTask(
      objective, preparation, inputs: inputs, targets: Array(schema.fields().dropFirst(inputs.count)))
  }

  /// The run's rows in a fixed pseudorandom order, independent of the run's seed, so that all runs test on
  /// the same rows: the last tenth.
  static func examples(_ configuration: RunConfiguration, _ checkpoint: Checkpoint?) throws -> ExampleTask {
    let table = try table(configuration.data, configuration)
    let schema =
      try checkpoint.map { try self.schema(in: $0) }
      ?? TableSchema(of: table, target: configuration.target ?? [], leavingOut: configuration.leftOut ?? [])
    try check(schema, table, configuration)
    let source = try TableSource(table, schema)
    guard source.count >= 3 else {
      throw Failure("\(configuration.data) has \(source.count) rows, too few to train and test on", code: 65)
    }
    let (training, test) = source.shuffled(seed: 0).split(last: (source.count + 9) / 10)
    let standardization = try Standardization(
      of: training, fields: schema.numbers.isEmpty ? [] : [TableSource.numbersField],
      measuring: schema.classes.isEmpty ? [TableSource.targetField] : [])
    let labels: [Int32]? = try training.fields.firstIndex { $0.name == TableSource.labelsField }.map {
      try training.allValues(ofField: $0).elements()
    }
    let task = try TableTask(schema, standardization, configuration, labels: labels)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return ExampleTask(
      objective: task.objective, training: training, test: test, preparation: standardization,
      metadata: [key: String(decoding: try encoder.encode(schema), as: UTF8.self)],
      columns: "\(table.description)\n  a tenth of the rows, \(test.count), is held out for testing")
  }

  /// A table, with the run's categorical columns read as categories.
  private static func table(_ path: String, _ configuration: RunConfiguration) throws -> DataTable {
    var categorical = Set(configuration.categorical ?? [])
    if configuration.task == .classification, let target = configuration.target {
      categorical.formUnion(target)
    }
    return try DataTable(file: path, categorical: categorical)
  }

  private static func check(
    _ schema: TableSchema, _ table: DataTable, _ configuration: RunConfiguration
  ) throws {
    if configuration.task == nil, schema.classes.isEmpty { try configuration.checkHasNoClassOptions() }
    switch configuration.task {
    case .regression where !schema.classes.isEmpty:
      throw Failure(
        "the target '\(schema.targets[0])' holds \(schema.classes.count) categories, and a regression tells numbers: "
          + "--task classification tells categories", code: 65)
    case .multiLabel:
      for name in schema.targets {
        guard case .numbers(let numbers)? = table[name]?.values, numbers.allSatisfy({ $0 == 0 || $0 == 1 })
        else {
          throw Failure(
            "the target '\(name)' is no label: each of --task multi-label is a column of zeros and ones",
            code: 65)
        }
      }
    default: return
    }
  }
}
