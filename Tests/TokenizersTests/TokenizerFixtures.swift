import Files
import Foundation
import Testing

@testable import Tokenizers

/// What Hugging Face's package and tiktoken make of texts: `Fixtures/make_tokenizers.py` wrote it.
struct TokenizerFixtures {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let file: JSONValue
    let ids: [[Int32]]
    /// Nil where decoding gives the text itself.
    let decoded: [String?]
    let bare: [Int32]

    var testDescription: String { name }

    func tokenizer() throws(TokenizerError) -> Tokenizer { try Tokenizer(json: JSONWriter.text(of: file)) }
  }

  let texts: [String]
  let lines: [String]
  let cases: [Case]
  let forms: [String: [String]]
  let ranked: [String: [[Int32]]]
  let invalid: [(bytes: [UInt8], replaced: String)]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    .path

  static let all: TokenizerFixtures = {
    do { return try TokenizerFixtures() } catch { fatalError("\(error)") }
  }()

  static func named(_ name: String) -> Case {
    guard let found = all.cases.first(where: { $0.name == name }) else { fatalError("no case \(name)") }
    return found
  }

  private init() throws {
    let content = try JSONReader.read(DurableFile.read("\(TokenizerFixtures.folder)/tokenizers.json"))
    func list(_ value: JSONValue?) -> [JSONValue] {
      guard case .array(let values)? = value else { fatalError("no list") }
      return values
    }
    func text(_ value: JSONValue) -> String? { value.bytes.map { String(decoding: $0, as: UTF8.self) } }
    func ids(_ value: JSONValue?) -> [Int32] { list(value).compactMap(\.id) }
    texts = list(content["texts"]).compactMap(text)
    lines = list(content["lines"]).compactMap(text)
    cases = list(content["cases"]).map { value in
      Case(
        name: value["name"].flatMap(text) ?? "", file: value["tokenizer"] ?? .null,
        ids: list(value["ids"]).map(ids),
        decoded: list(value["decoded"]).map(text), bare: ids(value["bare"]))
    }
    guard case .object(let formMembers)? = content["forms"],
      case .object(let rankedMembers)? = content["ranked"]
    else {
      fatalError("no forms")
    }
    forms = Dictionary(
      uniqueKeysWithValues: formMembers.map {
        (String(decoding: $0.name, as: UTF8.self), list($0.value).compactMap(text))
      })
    ranked = Dictionary(
      uniqueKeysWithValues: rankedMembers.map {
        (String(decoding: $0.name, as: UTF8.self), list($0.value).map(ids))
      })
    invalid = list(content["invalid"]).map { value in
      (list(list(value)[0]).compactMap { $0.id.map(UInt8.init) }, text(list(value)[1]) ?? "")
    }
  }
}
