import Datasets
import Files
import Glibc
import Lemnos

/// Writes a model's predictions for the rows of a table: the table with added columns.
struct RowPredictions {
  private let schema: TableSchema
  private let task: RunConfiguration.Task
  private let model: TrainedModel
  private let isJSON: Bool
  private let output: String

  /// The batch size in rows.
  private static let rowsAtOnce = 1024

  /// - Parameter json: true to write one JSON object per row, without the table.
  init(_ task: TableTask, _ model: TrainedModel, json: Bool) {
    (schema, self.task, self.model, isJSON) = (task.schema, task.task, model, json)
    output = task.output
  }

  /// The prediction for a row.
  private struct Row: Encodable {
    /// From 1, not counting the header row.
    let row: Int
    var predicted: [String: Double]?
    var `class`: String?
    var probability: Double?
    var probabilities: [String: Double]?
  }

  /// The added columns.
  private var columns: [String] {
    switch task {
    case .classification: ["\(schema.targets[0])_predicted", "\(schema.targets[0])_probability"]
    case .multiLabel: schema.targets.map { "\($0)_probability" }
    default: schema.targets.map { "\($0)_predicted" }
    }
  }

  /// - Throws: `DatasetError` for a table that does not fit the model; whatever `write` throws.
  func write(_ table: DataTable, to write: (String) throws -> Void) throws {
    let source = try TableSource(table, schema, withTargets: false)
    if !isJSON {
      try write(DelimitedText.line(table.columns.map(\.name) + columns, separator: table.separator))
    }
    for first in stride(from: 0, to: source.count, by: Self.rowsAtOnce) {
      let rows = Array(first..<min(first + Self.rowsAtOnce, source.count))
      let answers = try model(source.values(ofRows: rows))
      guard let numbers = answers[output]?.doubles else {
        preconditionFailure("the model has no '\(output)'")
      }
      guard numbers.allSatisfy(\.isFinite) else {
        throw Failure(
          "the model gives no finite numbers for rows of \(table.path): its parameters are broken", code: 65)
      }
      let width = numbers.count / rows.count
      var text = ""
      for (place, row) in rows.enumerated() {
        let own = Array(numbers[place * width..<(place + 1) * width])
        text +=
          isJSON
          ? JSONLine.text(told(own, row))
          : DelimitedText.line(table.rows[row] + fields(own), separator: table.separator)
      }
      try write(text)
    }
  }

  private func told(_ numbers: [Double], _ row: Int) -> Row {
    let named = Dictionary(zip(schema.targets, numbers), uniquingKeysWith: { first, _ in first })
    switch task {
    case .classification:
      let (name, probability) = likeliest(numbers)
      return Row(row: row + 1, class: name, probability: probability)
    case .multiLabel: return Row(row: row + 1, probabilities: named)
    default: return Row(row: row + 1, predicted: named)
    }
  }

  private func fields(_ numbers: [Double]) -> [String] {
    guard task == .classification else { return numbers.map { "\(Float($0))" } }
    let (name, probability) = likeliest(numbers)
    return [name, "\(Float(probability))"]
  }

  private func likeliest(_ scores: [Double]) -> (name: String, probability: Double) {
    let (greatest, best) = zip(scores, scores.indices).max { $0.0 < $1.0 } ?? (0, 0)
    let total = scores.reduce(0) { $0 + exp($1 - greatest) }
    return (schema.classes[best], 1 / total)
  }
}
