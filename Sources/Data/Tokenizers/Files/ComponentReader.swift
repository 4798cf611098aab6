/// A part of `tokenizer.json` while it is read: an object with a type, and members of known types.
struct ComponentReader {
  /// What the part is, for errors: "pre-tokenizer".
  let role: String
  let value: JSONValue
  let type: String

  /// - Throws: `TokenizerError` for what is no object with a type.
  init(_ value: JSONValue, role: String) throws(TokenizerError) {
    guard case .object = value, let type = value["type"]?.bytes else {
      throw TokenizerError(
        .unusable, "the \(role) is \(value.kind), where an object with a \"type\" is expected")
    }
    (self.role, self.value, self.type) = (role, value, String(decoding: type, as: UTF8.self))
  }

  /// The error of a type that Lemnos does not have.
  var unsupported: TokenizerError {
    TokenizerError(.unusable, "the \(role) is of type \(type), which Lemnos does not have")
  }

  func wrong(_ name: String, _ expected: String) -> TokenizerError {
    TokenizerError(
      .unusable,
      "the \(role) \(type) has \(value[name]?.kind ?? "nothing") for \"\(name)\", where \(expected) is expected"
    )
  }

  func flag(_ name: String, _ standard: Bool) throws(TokenizerError) -> Bool {
    switch value[name] {
    case nil: return standard
    case .bool(let flag): return flag
    default: throw wrong(name, "true or false")
    }
  }

  func text(_ name: String, _ standard: [UInt8]? = nil) throws(TokenizerError) -> [UInt8] {
    guard let text = value[name] else {
      guard let standard else { throw wrong(name, "a text") }
      return standard
    }
    guard let bytes = text.bytes else { throw wrong(name, "a text") }
    return bytes
  }

  func count(_ name: String, _ standard: Int) throws(TokenizerError) -> Int {
    guard let number = value[name] else { return standard }
    guard let count = number.id, count >= 0 else { throw wrong(name, "a whole number from 0") }
    return Int(count)
  }

  func list(_ name: String) throws(TokenizerError) -> [JSONValue] {
    guard case .array(let values)? = value[name] else { throw wrong(name, "a list") }
    return values
  }

  /// The parts of a sequence.
  func parts<Part>(
    _ name: String, _ make: (JSONValue) throws(TokenizerError) -> Part
  ) throws(TokenizerError) -> [Part] {
    var parts: [Part] = []
    for value in try list(name) { parts.append(try make(value)) }
    return parts
  }

  /// A pattern that is a plain text.
  ///
  /// - Parameter name: of the member that holds it.
  func pattern(_ name: String) throws(TokenizerError) -> [UInt8] {
    if let expression = value[name]?["Regex"]?.bytes {
      throw TokenizerError(
        .unusable,
        "the \(role) \(type) has the regular expression \(String(decoding: expression, as: UTF8.self)), "
          + "where Lemnos takes plain texts only")
    }
    guard let text = value[name]?["String"]?.bytes else { throw wrong(name, "a pattern") }
    return text
  }
}
