public import Tensors
import Wording

/// The rows of a table as examples: numbers and categories to go by, and what is to be told from them.
///
/// Fields are `numbers`, float32 with one number for each such column, NaN where one is missing; `categories`, int32 with one number for each
/// such column, the one after the last where one is missing; and `target`, float32 numbers, or `labels`, an int32 class. Fields without columns
/// are left out.
public struct TableSource: DataSource {
  public static let (numbersField, categoriesField, targetField, labelsField) = (
    "numbers", "categories", "target", "labels"
  )

  /// The columns of numbers.
  public let numberNames: [String]

  /// The columns of categories, and what their numbers are called.
  public let categoryNames: [(column: String, values: [String])]

  /// The target columns.
  public let targetNames: [String]

  /// What the classes are called, of a target of categories; none for numbers.
  public let classNames: [String]

  private let examples: ArraySource

  /// - Parameters:
  ///   - target: the columns to be told: some of numbers, or one of categories.
  ///   - leftOut: columns that are not to be gone by.
  /// - Throws: `DatasetError` (`.unusable`) for a column that there is not, for dates and texts, for a target that is missing somewhere, and
  ///   where nothing is left to go by.
  public init(_ table: DataTable, target: [String], leavingOut leftOut: [String] = []) throws(DatasetError) {
    let names = table.columns.map(\.name)
    for name in target + leftOut where table[name] == nil {
      let hint =
        names.closest(to: name).map { "; did you mean '\($0)'?" } ?? ", but \(names.joined(separator: ", "))"
      throw DatasetError(.unusable, path: table.path, "there is no column '\(name)'\(hint)")
    }
    guard !target.isEmpty else {
      throw DatasetError(.unusable, path: table.path, "no target column is named: which one is to be told?")
    }
    var (numbers, categories): ([(String, [Double])], [(String, [Int32], [String])]) = ([], [])
    for column in table.columns where !target.contains(column.name) && !leftOut.contains(column.name) {
      switch column.values {
      case .numbers(let values): numbers.append((column.name, values))
      case .categories(let values, let names):
        categories.append((column.name, values.map { $0 < 0 ? Int32(names.count) : $0 }, names))
      case .dates, .texts:
        throw DatasetError(
          .unusable, path: table.path,
          "the column '\(column.name)' holds \(column.kind), which are neither numbers nor categories: make numbers of them, or leave it out"
        )
      }
    }
    guard numbers.count + categories.count > 0 else {
      throw DatasetError(.unusable, path: table.path, "no column is left to go by")
    }
    numberNames = numbers.map(\.0)
    categoryNames = categories.map { (column: $0.0, values: $0.2) }
    targetNames = target
    let count = table.rowCount
    var fields: [(key: String, value: TensorValues)] = []
    if !numbers.isEmpty {
      let rows = (0..<count).flatMap { row in numbers.map { Float($0.1[row]) } }
      fields.append((Self.numbersField, TensorValues(rows, shape: [count, numbers.count])))
    }
    if !categories.isEmpty {
      let rows = (0..<count).flatMap { row in categories.map { $0.1[row] } }
      fields.append((Self.categoriesField, TensorValues(rows, shape: [count, categories.count])))
    }
    let told = try TableSource.targets(target, of: table)
    classNames = told.classes
    fields.append(told.field)
    examples = try ArraySource(fields)
  }

  private static func targets(
    _ names: [String], of table: DataTable
  ) throws(DatasetError) -> (field: (String, TensorValues), classes: [String]) {
    var numbers: [[Double]] = []
    for name in names {
      guard let column = table[name] else { continue }
      func refusal(_ reason: String) -> DatasetError { DatasetError(.unusable, path: table.path, reason) }
      func checkPresent(_ isMissing: [Bool]) throws(DatasetError) {
        guard let row = isMissing.firstIndex(of: true) else { return }
        throw refusal(
          "the target '\(name)' is missing in \(column.missing.grouped) rows, the first in line \(table.lines[row].grouped): "
            + "fill it in, or take the rows out")
      }
      switch column.values {
      case .numbers(let values):
        try checkPresent(values.map(\.isNaN))
        numbers.append(values)
      case .categories(let values, let classes):
        guard names.count == 1 else {
          throw refusal(
            "of several targets each has to be a column of numbers, but '\(name)' holds \(column.kind)")
        }
        try checkPresent(values.map { $0 < 0 })
        return ((labelsField, TensorValues(values, shape: [table.rowCount])), classes)
      case .dates, .texts:
        throw refusal("the target '\(name)' holds \(column.kind), which are neither numbers nor categories")
      }
    }
    let rows = (0..<table.rowCount).flatMap { row in numbers.map { Float($0[row]) } }
    return ((targetField, TensorValues(rows, shape: [table.rowCount, numbers.count])), [])
  }

  public var count: Int { examples.count }
  public var fields: [DataField] { examples.fields }
  public var checksum: UInt32 { examples.checksum }

  public func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    examples.read(rows, into: targets)
  }

  public func values(ofField index: Int) -> TensorValues? { examples.values(ofField: index) }
}
