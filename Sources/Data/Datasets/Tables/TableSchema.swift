import Tensors
import Wording

/// The input columns and targets of a model, and the values of its categories.
///
/// Saved with a model, so that it can be used on other tables: columns are found by name, in any order.
public struct TableSchema: Codable, Hashable, Sendable {
  /// A categorical column.
  ///
  /// The index after the last value is for missing ones, and for those not seen in training.
  public struct Category: Codable, Hashable, Sendable {
    public let column: String
    public let values: [String]
  }

  /// The numeric columns.
  public let numbers: [String]
  public let categories: [Category]

  /// The target columns.
  public let targets: [String]

  /// The class names of a categorical target; empty for numbers.
  public let classes: [String]

  /// - Parameters:
  ///   - target: the columns to predict: some numeric ones, or one categorical.
  ///   - leftOut: columns not to use as inputs.
  /// - Throws: `DatasetError` (`.unusable`) for an unknown column, for dates and texts, and if no inputs
  ///   are left.
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
  /// - Parameter hasTargets: true to include the targets.
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
