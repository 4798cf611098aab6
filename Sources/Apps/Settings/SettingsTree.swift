import FoundationEssentials

/// Settings as a tree of names and values, the common model of YAML and JSON.
package enum SettingsTree: Codable, Equatable, Sendable {
  case null
  case flag(Bool)
  case number(Number)
  case text(String)
  case list([SettingsTree])
  case settings([String: SettingsTree])

  /// A number without loss: a 64-bit seed does not fit into a `Double`.
  package enum Number: Equatable, Sendable {
    case whole(Int64)
    /// Greater than any `Int64`.
    case great(UInt64)
    case real(Double)

    package init(_ number: Double) { self = Int64(exactly: number).map { .whole($0) } ?? .real(number) }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Int64.self) {
      self = .number(.whole(number))
    } else if let number = try? container.decode(UInt64.self) {
      self = .number(.great(number))
    } else if let number = try? container.decode(Double.self) {
      self = .number(Number(number))
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([SettingsTree].self) {
      self = .list(list)
    } else {
      self = .settings(try container.decode([String: SettingsTree].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .number(.whole(let number)): try container.encode(number)
    case .number(.great(let number)): try container.encode(number)
    case .number(.real(let number)): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .settings(let settings): try container.encode(settings)
    }
  }

  package init(of value: some Encodable) throws {
    self = try JSONDecoder().decode(SettingsTree.self, from: JSONEncoder().encode(value))
  }

  package func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(self))
  }

  package var members: [String: SettingsTree]? {
    if case .settings(let settings) = self { settings } else { nil }
  }
}
