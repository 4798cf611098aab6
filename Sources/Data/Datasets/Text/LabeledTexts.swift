import Files
import Tensors
public import Tokenizers
import Wording

/// Texts with a class each, to tell the class of a text from.
///
/// | path | texts | classes |
/// |---|---|---|
/// | a table, `reviews.csv` | the fields of one column | those of another |
/// | JSON Lines, `reviews.jsonl` | a member of each object | another: text, a whole number or a truth value |
/// | a folder, `reviews/good/1.txt` | the texts below it, as `TextDocuments` reads them | the names of its folders |
public struct LabeledTexts: Sendable {
  /// Where they are, for messages.
  public let path: String
  public let texts: [String]
  /// Sorted.
  public let classNames: [String]
  /// The class of each text, from 0.
  public let labels: [Int32]

  /// - Parameters:
  ///   - field: the column or member that holds the text.
  ///   - target: the one that holds the class; of a folder, whose folders are the classes, it is not looked at.
  /// - Throws: `DatasetError` for what cannot be read, and for a text without a class.
  public init(_ path: String, field: String = "text", target: String) throws(DatasetError) {
    self.path = path
    var named: [(text: String, name: String)] = []
    if DataTable.isNamed(path) {
      named = try Self.rows(of: DataTable(file: path), field, target)
    } else if FolderListing.isFolder(path) {
      for name in FolderListing.folders(in: path) {
        try TextDocuments("\(path)/\(name)", field: field).forEach { document, _ throws(DatasetError) in
          named.append((String(decoding: document, as: UTF8.self), name))
        }
      }
    } else {
      try TextDocuments.forEachObject(of: path) { object, line throws(DatasetError) in
        guard let text = object[field]?.bytes else {
          throw DatasetError(
            .unusable, path: line, "there is no text in the field '\(field)'; name the field that has it")
        }
        guard let name = object[target]?.className else {
          throw DatasetError(
            .unusable, path: line,
            "there is no class in the field '\(target)': a text, a whole number, true or false")
        }
        named.append((String(decoding: text, as: UTF8.self), name))
      }
    }
    guard !named.isEmpty else {
      throw DatasetError(.unusable, path: path, "there are no texts with classes in it")
    }
    classNames = Set(named.map(\.name)).sorted()
    let places = Dictionary(zip(classNames, Int32(0)...)) { first, _ in first }
    (texts, labels) = (named.map(\.text), named.map { places[$0.name] ?? 0 })
  }

  private init(_ other: LabeledTexts, _ classNames: [String], _ labels: [Int32]) {
    (path, texts, self.classNames, self.labels) = (other.path, other.texts, classNames, labels)
  }

  /// The same with the classes of a model, in its order.
  ///
  /// - Throws: `DatasetError` for a class that is none of them.
  public func matched(to names: [String]) throws(DatasetError) -> LabeledTexts {
    if let other = classNames.first(where: { !names.contains($0) }) {
      throw DatasetError(
        .unusable, path: path,
        "there is a class '\(other)' in it, but the model tells only \(names.map { "'\($0)'" }.joined(separator: ", "))"
      )
    }
    let places = Dictionary(zip(names, Int32(0)...)) { first, _ in first }
    return LabeledTexts(self, names, labels.map { places[classNames[Int($0)]] ?? 0 })
  }

  private static func rows(
    of table: DataTable, _ field: String, _ target: String
  ) throws(DatasetError) -> [(text: String, name: String)] {
    func place(_ name: String) throws(DatasetError) -> Int {
      guard let place = table.columns.firstIndex(where: { $0.name == name }) else {
        throw DatasetError(
          .unusable, path: table.path,
          "there is no column '\(name)' in it; it has \(table.columns.map { "'\($0.name)'" }.joined(separator: ", "))"
        )
      }
      return place
    }
    let (text, name) = (try place(field), try place(target))
    if let row = table.rows.firstIndex(where: { $0[name].trimmed.isEmpty }) {
      throw DatasetError(
        .unusable, path: table.path, "row \((row + 1).grouped) has no class in its column '\(target)'")
    }
    return table.rows.map { ($0[text], $0[name].trimmed) }
  }

  /// Examples of tokens, the lengths of texts, and classes.
  ///
  /// - Parameters:
  ///   - length: the tokens of an example: longer texts are cut, shorter ones filled up.
  /// - Throws: `DatasetError` for a text without tokens.
  public func examples(by tokenizer: Tokenizer, length: Int) throws -> TokenizedTexts {
    try TokenizedTexts(texts, by: tokenizer, length: length, labels: labels, path: path)
  }
}

extension JSONValue {
  /// What names a class; nil for anything else.
  fileprivate var className: String? {
    switch self {
    case .string(let bytes): String(decoding: bytes, as: UTF8.self)
    case .number(let number): Int(exactly: number).map(String.init)
    case .bool(let value): "\(value)"
    case .null, .array, .object: nil
    }
  }
}
