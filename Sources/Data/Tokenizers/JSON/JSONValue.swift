/// A value of JSON.
///
/// Texts are bytes, and objects keep the order and the number of their members: `String` takes é and e with an accent for the
/// same, which a vocabulary must not, and a dictionary would lose a token that is there twice.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string([UInt8])
  case array([JSONValue])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: [UInt8]
    package let value: JSONValue

    init(_ name: String, _ value: JSONValue) { (self.name, self.value) = (Array(name.utf8), value) }
    init(name: [UInt8], value: JSONValue) { (self.name, self.value) = (name, value) }
  }

  static func text(_ text: String) -> JSONValue { .string(Array(text.utf8)) }

  /// What an error calls it.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value):
      value == value.rounded() ? "\(Int(exactly: value).map(String.init) ?? "\(value)")" : "\(value)"
    case .string(let bytes): "\"\(String(decoding: bytes.prefix(40), as: UTF8.self))\""
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// A member by its name; nil without one, and for null.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self,
      let value = members.first(where: { $0.name.elementsEqual(name.utf8) })?.value, value != .null
    else { return nil }
    return value
  }

  /// A whole number of 32 bits; nil for anything else.
  var id: Int32? {
    guard case .number(let value) = self else { return nil }
    return Int32(exactly: value)
  }

  /// A text; nil for anything else.
  package var bytes: [UInt8]? {
    guard case .string(let bytes) = self else { return nil }
    return bytes
  }
}
