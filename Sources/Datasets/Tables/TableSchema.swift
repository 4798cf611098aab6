import Tensors
import Wording

/// Which columns of a table a model goes by, what it tells, and what the numbers of categories stand for.
///
/// Saved with a model, so that it can be used on other tables: columns are found by their names, in any order.
public struct TableSchema: Codable, Hashable, Sendable {
  /// A column of categories.
  ///
  /// The number after the last stands for a missing value, and for one that was not seen in training.
  public struct Category: Codable, Hashable, Sendable {
    public let column: String
    public let values: [String]
  }

  /// The columns of numbers.
  public let numbers: [String]
  public let categories: [Category]

  /// The columns that are told.
  public let targets: [String]

  /// What the classes are called, of a target of categories; none for numbers.
  public let classes: [String]

  /// - Parameters:
  ///   - target: the columns to be told: some of numbers, or one of categories.
  ///   - leftOut: columns that are not to be gone by.
  /// - Throws: `DatasetError` (`.unusable`) for a column that there is not, for dates and texts, and where nothing is left to go by.
  public init(of table: DataTable, target: [String], leavingOut leftOut: [String] = []) throws(DatasetError) {
    func refusal(_ reason: String) -> DatasetError { DatasetError(.unusable, path: table.path, reason) }
    let names = table.columns.map(\.name)
    for name in target + leftOut where table[name] == nil {
      let hint =
        names.closest(to: name).map { "; did you mean '\($0)'?" } ?? ", but \(names.joined(separator: ", "))"
      throw refusal("there is no column '\(name)'\(hint)")
    }
    guard !target.isEmpty else { throw refusal("no target column is named: which one is to be told?") }
    var (numbers, categories): ([String], [Category]) = ([], [])
    for column in table.columns where !target.contains(column.name) && !leftOut.contains(column.name) {
      switch column.values {
      case .numbers: numbers.append(column.name)
      case .categories(_, let values): categories.append(Category(column: column.name, values: values))
      case .dates, .texts:
        throw refusal(
          "the column '\(column.name)' holds \(column.kind), which are neither numbers nor categories: make numbers of them, or leave it out"
        )
      }
    }
    guard numbers.count + categories.count > 0 else { throw refusal("no column is left to go by") }
    var classes: [String] = []
    for name in target {
      guard let column = table[name] else { continue }
      switch column.values {
      case .numbers: continue
      case .categories(_, let values) where target.count == 1: classes = values
      case .categories:
        throw refusal(
          "of several targets each has to be a column of numbers, but '\(name)' holds \(column.kind)")
      case .dates, .texts:
        throw refusal("the target '\(name)' holds \(column.kind), which are neither numbers nor categories")
      }
    }
    (self.numbers, self.categories, targets, self.classes) = (numbers, categories, target, classes)
  }

  /// The fields of the examples.
  ///
  /// - Parameter hasTargets: whether what is to be told is among them.
  public func fields(withTargets hasTargets: Bool = true) -> [DataField] {
    var fields: [DataField] = []
    if !numbers.isEmpty { fields.append(DataField(TableSource.numbersField, [numbers.count])) }
    if !categories.isEmpty {
      fields.append(DataField(TableSource.categoriesField, [categories.count], dtype: .int32))
    }
    if hasTargets {
      fields.append(
        classes.isEmpty
          ? DataField(TableSource.targetField, [targets.count])
          : DataField(TableSource.labelsField, [], dtype: .int32))
    }
    return fields
  }
}
