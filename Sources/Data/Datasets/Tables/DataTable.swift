import Wording

/// A table as read from a file: named columns of numbers or categories, with missing values.
///
///     let table = try DataTable(file: "houses.csv")
///     print(table)                                   // the detected kind of each column
public struct DataTable: Sendable {
  /// A column, with the kind of all its values.
  public struct Column: Sendable {
    public enum Values: Sendable {
      /// NaN for a missing value.
      case numbers([Double])
      /// Category indices, with names in alphabetical order; −1 for a missing value.
      case categories([Int32], names: [String])
      /// Dates or times, with the first of them: no numbers without an interpretation.
      case dates(example: String)
      /// Texts that are mostly distinct, with the first of them.
      case texts(example: String, distinct: Int)
    }

    public let name: String
    public let values: Values
    public let missing: Int
  }

  public let columns: [Column]
  public let rowCount: Int
  /// For error messages.
  public let path: String
  /// The line number in the file of each row.
  let lines: [Int]
  /// The fields as in the file.
  package let rows: [[String]]
  /// The field separator.
  package let separator: UInt8

  /// The names of missing values, case-insensitive; so is an empty field.
  static let missingNames: Set = ["", "na", "n/a", "nan", "null", "none", "?"]

  /// Reads comma- or tab-separated values, optionally gzip-compressed.
  ///
  /// The first row names the columns.
  ///
  /// - Parameter categorical: columns to treat as categories although they look like numbers: postal codes,
  ///   classes from 0 to 9.
  /// - Throws: `DatasetError` (`.missing`, `.unusable`) for a file that is no such table, with the line of
  ///   the error.
  public init(file path: String, categorical: Set<String> = []) throws(DatasetError) {
    let stream = try ByteStream(path: path)
    var bytes: [UInt8] = []
    while true {
      let some = try stream.read(upTo: 1 << 20)
      bytes += some
      guard some.count == 1 << 20 else { break }
    }
    try self.init(bytes: bytes, path: path, categorical: categorical)
  }

  /// The same from a file's content.
  package init(
    bytes: [UInt8], path: String, categorical: Set<String> = []
  ) throws(DatasetError) {
    let text = try DelimitedText(bytes, path: path)
    (rows, separator) = (text.rows.dropFirst().map(\.fields), text.separator)
    var rows = text.rows[...]
    guard let header = rows.popFirst() else {
      throw DatasetError(.unusable, path: path, "there is no row with the names of the columns")
    }
    let names = header.fields.map { $0.trimmed }
    if let empty = names.firstIndex(of: "") {
      throw DatasetError(.unusable, path: path, "column \(empty + 1) has no name in the first row")
    }
    if let twice = names.first(where: { name in names.count(where: { $0 == name }) > 1 }) {
      throw DatasetError(.unusable, path: path, "two columns are called '\(twice)'")
    }
    guard !rows.isEmpty else {
      throw DatasetError(.unusable, path: path, "there are names of columns, and no rows below them")
    }
    for row in rows where row.fields.count != names.count {
      throw DatasetError(
        .unusable, path: path,
        "line \(row.line.grouped) has \(row.fields.count.grouped) fields, where the first row names \(names.count.grouped) columns"
      )
    }
    (self.path, rowCount, lines) = (path, rows.count, rows.map(\.line))
    columns = names.indices.map { index in
      Column(
        names[index], rows.lazy.map { $0.fields[index].trimmed },
        isCategorical: categorical.contains(names[index]))
    }
    if let unknown = categorical.subtracting(names).min() {
      throw DatasetError(.unusable, path: path, "there is no column '\(unknown)' to take for categories")
    }
  }

  /// True for the extension of a table, optionally compressed.
  public static func isNamed(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".csv", ".tsv", ".csv.gz", ".tsv.gz"].contains { name.hasSuffix($0) }
  }

  public subscript(name: String) -> Column? { columns.first { $0.name == name } }
}

extension DataTable.Column {
  /// Uses the categories that a model was trained on: others, and invalid numbers, are missing.
  ///
  /// - Parameter names: of categories; nil for numbers.
  /// - Returns: nil for texts among numbers.
  init?(_ name: String, _ texts: some Collection<String>, as names: [String]?) {
    self.name = name
    if let names {
      let place = Dictionary(zip(names, Int32(0)...), uniquingKeysWith: { first, _ in first })
      let numbers = texts.map { place[$0.trimmed] ?? -1 }
      (values, missing) = (.categories(numbers, names: names), numbers.count { $0 < 0 })
      return
    }
    let trimmed = texts.map(\.trimmed)
    let numbers = trimmed.map { DataTable.missingNames.contains($0.lowercased()) ? .nan : $0.number }
    guard numbers.allSatisfy({ $0 != nil }) else { return nil }
    (values, missing) = (.numbers(numbers.map { $0 ?? .nan }), numbers.count { $0?.isNaN ?? true })
  }

  fileprivate init(_ name: String, _ texts: some Collection<String>, isCategorical: Bool) {
    self.name = name
    let isMissing = texts.map { DataTable.missingNames.contains($0.lowercased()) }
    missing = isMissing.count { $0 }
    let present = zip(texts, isMissing).lazy.filter { !$0.1 }.map(\.0)
    let numbers = texts.map { $0.number }
    if !isCategorical, zip(numbers, isMissing).allSatisfy({ $0 != nil || $1 }) {
      values = .numbers(zip(numbers, isMissing).map { $1 ? .nan : $0 ?? .nan })
      return
    }
    let example = present.first { _ in true } ?? ""
    if !isCategorical, present.allSatisfy(\.isDate) {
      values = .dates(example: example)
      return
    }
    let names = Set(present).sorted()
    // An identifier, such as a name or address, distinguishes rows but does not generalize.
    guard isCategorical || names.count <= 50 || 2 * names.count <= texts.count - missing else {
      values = .texts(example: example, distinct: names.count)
      return
    }
    let place = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    values = .categories(zip(texts, isMissing).map { $1 ? -1 : place[$0] ?? -1 }, names: names)
  }

  /// The detected kind, in words.
  public var kind: String {
    switch values {
    case .numbers: "numbers"
    case .categories(_, let names): "\(names.count.grouped) categories"
    case .dates(let example): "dates, such as \(example)"
    case .texts(let example, let distinct): "\(distinct.grouped) different texts, such as '\(example)'"
    }
  }
}

extension DataTable: CustomStringConvertible {
  /// A line per column: its name, kind, and number of missing values.
  public var description: String {
    (["\(path): \(rowCount.grouped) rows"]
      + columns.map { column in
        "  \(column.name): \(column.kind)"
          + (column.missing > 0 ? ", \(column.missing.grouped) missing" : "")
      }).joined(separator: "\n")
  }
}

extension String {
  var trimmed: String {
    let blanks: Set<Character> = [" ", "\t"]
    guard let first = first, let last = last, blanks.contains(first) || blanks.contains(last) else {
      return self
    }
    let start = drop { blanks.contains($0) }
    return String(
      start.prefix(upTo: start.lastIndex { !blanks.contains($0) }.map(index(after:)) ?? start.startIndex))
  }

  /// A decimal number, with sign, point and exponent.
  fileprivate var number: Double? {
    let allowed: Set<UInt8> = Set("0123456789+-.eE".utf8)
    guard utf8.allSatisfy(allowed.contains), let number = Double(self), number.isFinite else { return nil }
    return number
  }

  /// True for a date or time of day: 2024-01-31, 31.1.2024, 1/31/24, with or without a time.
  fileprivate var isDate: Bool {
    let day = prefix { !" T".contains($0) }
    let parts = day.split(whereSeparator: { "-/.".contains($0) })
    let isDay =
      parts.count == 3 && parts.allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(\.isNumber) }
    let clock = day.split(separator: ":", omittingEmptySubsequences: false)
    return isDay
      || ((2...3).contains(clock.count)
        && clock.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) })
  }
}
