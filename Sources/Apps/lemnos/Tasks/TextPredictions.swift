import Datasets
import Glibc
import Lemnos

/// The classes that a model tells of texts.
struct TextPredictions {
  private let task: TextClassificationTask
  private let model: TrainedModel

  /// The batch size in texts.
  private static let textsAtOnce = 256

  init(_ task: TextClassificationTask, _ model: TrainedModel) { (self.task, self.model) = (task, model) }

  /// What a model says of a text.
  struct Answer: Encodable {
    /// The file and line of the text, or the row of its table.
    let text: String
    let `class`: String
    let probability: Double
  }

  /// - Parameter names: of the texts, for messages.
  func callAsFunction(_ texts: [String], names: [String], path: String) throws -> [Answer] {
    var answers: [Answer] = []
    for first in stride(from: 0, to: texts.count, by: Self.textsAtOnce) {
      let rows = first..<min(first + Self.textsAtOnce, texts.count)
      let source = try TokenizedTexts(Array(texts[rows]), by: task.tokenizer, length: task.length, path: path)
      let values = try source.values(ofRows: Array(0..<rows.count))
      guard let scores = try model(values)[TextClassificationTask.output]?.doubles,
        scores.allSatisfy(\.isFinite)
      else {
        throw Failure(
          "the model gives no finite numbers for texts of \(path): its parameters are broken", code: 65)
      }
      let classes = task.classNames.count
      for (place, row) in rows.enumerated() {
        let own = scores[place * classes..<(place + 1) * classes]
        let (greatest, best) = zip(own, 0...).max { $0.0 < $1.0 } ?? (0, 0)
        let total = own.reduce(0) { $0 + exp($1 - greatest) }
        answers.append(Answer(text: names[row], class: task.classNames[best], probability: 1 / total))
      }
    }
    return answers
  }

  /// The texts of a column.
  static func texts(of table: DataTable, field: String) throws(DatasetError) -> [String] {
    guard let place = table.columns.firstIndex(where: { $0.name == field }) else {
      throw DatasetError(
        .unusable, path: table.path, "there is no column '\(field)' in it, which holds the texts")
    }
    return table.rows.map { $0[place] }
  }

  /// A table again, with the class and its probability as two more columns.
  ///
  /// - Parameter field: the column of texts.
  func table(_ table: DataTable, field: String, target: String) throws -> String {
    let answers = try self(
      Self.texts(of: table, field: field), names: table.rows.indices.map { "row \($0 + 1)" }, path: table.path
    )
    let header = table.columns.map(\.name) + ["\(target)_predicted", "\(target)_probability"]
    return zip(table.rows, answers).reduce(into: DelimitedText.line(header, separator: table.separator)) {
      text, row in
      text += DelimitedText.line(
        row.0 + [row.1.class, "\(Float(row.1.probability))"], separator: table.separator)
    }
  }
}
