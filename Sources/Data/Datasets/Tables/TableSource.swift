public import Tensors
import Wording

/// The rows of a table as examples: numeric and categorical inputs, and targets.
///
/// Fields are `numbers`, float32 with one number per numeric column, NaN for a missing value; `categories`,
/// int32 with one index per categorical column, the one after the last for a missing value; and `target`,
/// float32 numbers, or `labels`, an int32 class. Fields without columns are omitted.
public struct TableSource: DataSource {
  public static let (numbersField, categoriesField, targetField, labelsField) = (
    "numbers", "categories", "target", "labels"
  )

  public let schema: TableSchema
  private let examples: ArraySource

  /// - Parameters:
  ///   - target: the columns to predict: some numeric ones, or one categorical.
  ///   - leftOut: columns not to use as inputs.
  /// - Throws: `DatasetError` (`.unusable`) for an unknown column, for dates and texts, for a missing
  ///   target value, and if no inputs are left.
  public init(_ table: DataTable, target: [String], leavingOut leftOut: [String] = []) throws(DatasetError) {
    try self.init(table, TableSchema(of: table, target: target, leavingOut: leftOut))
  }

  /// The rows of another table than the schema's.
  ///
  /// - Parameter hasTargets: true if the targets are present.
  /// - Throws: `DatasetError` (`.unusable`) for an unknown column or one with texts instead of numbers, and
  ///   for a target value that is missing or no class.
  public init(
    _ table: DataTable, _ schema: TableSchema, withTargets hasTargets: Bool = true
  ) throws(DatasetError) {
    self.schema = schema
    func column(_ name: String, _ values: [String]?) throws(DatasetError) -> DataTable.Column {
      guard let index = table.columns.firstIndex(where: { $0.name == name }) else {
        throw DatasetError(
          .unusable, path: table.path, "there is no column '\(name)', which the model goes by")
      }
      guard let column = DataTable.Column(name, table.rows.map { $0[index] }, as: values) else {
        throw DatasetError(
          .unusable, path: table.path,
          "the column '\(name)' holds \(table.columns[index].kind), where the model takes numbers")
      }
      return column
    }
    func numbers(_ names: [String]) throws(DatasetError) -> TensorValues {
      let columns = try names.map { (name) throws(DatasetError) in try column(name, nil).numbers }
      return TensorValues(
        (0..<table.rowCount).flatMap { (row: Int) -> [Float] in columns.map { Float($0[row]) } },
        shape: [table.rowCount, names.count])
    }
    var fields: [(key: String, value: TensorValues)] = []
    if !schema.numbers.isEmpty { fields.append((Self.numbersField, try numbers(schema.numbers))) }
    if !schema.categories.isEmpty {
      let columns = try schema.categories.map { (category) throws(DatasetError) in
        try column(category.column, category.values).categories
      }
      let rows = (0..<table.rowCount).flatMap { (row: Int) -> [Int32] in
        zip(columns, schema.categories).map { $0[row] < 0 ? Int32($1.values.count) : $0[row] }
      }
      fields.append((Self.categoriesField, TensorValues(rows, shape: [table.rowCount, columns.count])))
    }
    if hasTargets {
      for name in schema.targets {
        try Self.check(
          try column(name, schema.classes.isEmpty ? nil : schema.classes), of: table, schema.classes)
      }
      fields.append(
        schema.classes.isEmpty
          ? (Self.targetField, try numbers(schema.targets))
          : (
            Self.labelsField,
            TensorValues(try column(schema.targets[0], schema.classes).categories, shape: [table.rowCount])
          ))
    }
    examples = try ArraySource(fields)
  }

  /// Refuses a target with a missing value or an unknown class.
  private static func check(
    _ column: DataTable.Column, of table: DataTable, _ classes: [String]
  ) throws(DatasetError) {
    let isMissing = classes.isEmpty ? column.numbers.map(\.isNaN) : column.categories.map { $0 < 0 }
    guard let row = isMissing.firstIndex(of: true) else { return }
    let index = table.columns.firstIndex { $0.name == column.name } ?? 0
    let text = table.rows[row][index]
    if !classes.isEmpty, !DataTable.missingNames.contains(text.lowercased()) {
      throw DatasetError(
        .unusable, path: table.path,
        "the target '\(column.name)' in line \(table.lines[row].grouped) is '\(text)', which is none of the \(classes.count) classes"
      )
    }
    throw DatasetError(
      .unusable, path: table.path,
      "the target '\(column.name)' is missing in \(column.missing.grouped) rows, the first in line \(table.lines[row].grouped): "
        + "fill it in, or take the rows out")
  }

  public var count: Int { examples.count }
  public var fields: [DataField] { examples.fields }
  public var checksum: UInt32 { examples.checksum }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    examples.read(rows, into: targets)
  }

  public func bytes(ofField index: Int) -> Bytes? { examples.bytes(ofField: index) }
}

extension DataTable.Column {
  fileprivate var numbers: [Double] {
    if case .numbers(let numbers) = values { numbers } else { [] }
  }

  fileprivate var categories: [Int32] {
    if case .categories(let numbers, _) = values { numbers } else { [] }
  }
}
