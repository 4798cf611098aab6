import CYAML
import FoundationEssentials
import Wording

/// Settings as a tree of names and values: what YAML and JSON have in common.
enum SettingsTree: Codable, Equatable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([SettingsTree])
  case settings([String: SettingsTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([SettingsTree].self) {
      self = .list(list)
    } else {
      self = .settings(try container.decode([String: SettingsTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .number(let number):
      // A decoder of whole numbers refuses 50.0.
      if let whole = Int64(exactly: number) {
        try container.encode(whole)
      } else {
        try container.encode(number)
      }
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .settings(let settings): try container.encode(settings)
    }
  }

  init(of value: some Encodable) throws {
    self = try JSONDecoder().decode(SettingsTree.self, from: JSONEncoder().encode(value))
  }

  func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(self))
  }

  var members: [String: SettingsTree]? { if case .settings(let settings) = self { settings } else { nil } }
}

// MARK: YAML

extension SettingsTree {
  /// As YAML, names in alphabetical order.
  var yaml: String {
    guard case .settings(let settings) = self else { return inline + "\n" }
    return settings.sorted { $0.key < $1.key }.map { name, value in
      guard case .settings(let inner) = value, !inner.isEmpty else { return "\(name): \(value.inline)\n" }
      let lines = value.yaml.split(separator: "\n").map { "  \($0)\n" }
      return "\(name):\n" + lines.joined()
    }.joined()
  }

  /// In one line.
  private var inline: String {
    switch self {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
    case .text(let text): SettingsTree.isPlain(text) ? text : SettingsTree.quoted(text)
    case .list(let list): "[" + list.map(\.inline).joined(separator: ", ") + "]"
    case .settings(let settings):
      "{" + settings.sorted { $0.key < $1.key }.map { "\($0): \($1.inline)" }.joined(separator: ", ") + "}"
    }
  }

  /// Whether a text means itself without quotation marks.
  private static func isPlain(_ text: String) -> Bool {
    let letters = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./".utf8.contains(byte)
    }
    return letters && !text.isEmpty && !text.hasPrefix("-") && SettingsTree(scalar: text) == .text(text)
  }

  /// In double quotation marks, as JSON writes it, which YAML reads.
  private static func quoted(_ text: String) -> String {
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }

  /// What a text without quotation marks means.
  private init(scalar text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .flag(true)
    case "false", "False", "FALSE": self = .flag(false)
    default:
      let isNumber = text.utf8.first.map { "0123456789+-.".utf8.contains($0) } ?? false
      self = (isNumber ? Double(text) : nil).map { .number($0) } ?? .text(text)
    }
  }

  /// What is wrong with a text that is to be YAML.
  struct Malformed: Error {
    let reason: String
  }

  /// Reads YAML with libyaml: one document of mappings, sequences and scalars, without anchors.
  ///
  /// Empty text has no settings.
  init(yaml text: String) throws(Malformed) {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) != 0 else {
      throw Malformed(reason: "there is no memory to read it")
    }
    defer { yaml_parser_delete(&parser) }
    let bytes = Array(text.utf8)
    let result = bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      return Result { () throws(Malformed) in try SettingsTree.document(&parser) }
    }
    self = try result.get()
  }

  /// Deeper than any settings, and far from where a stack ends.
  private static let deepest = 16

  private static func document(_ parser: inout yaml_parser_t) throws(Malformed) -> SettingsTree {
    var tree: SettingsTree?
    while true {
      var event = try next(&parser)
      defer { yaml_event_delete(&event) }
      switch event.type {
      case YAML_STREAM_END_EVENT: return tree ?? .settings([:])
      case YAML_DOCUMENT_START_EVENT:
        guard tree == nil else { throw Malformed(reason: "it has more than one document") }
        tree = try node(&parser, depth: 0)
      default: break
      }
    }
  }

  /// The node that comes next; nil at the end of what it would be in.
  private static func node(_ parser: inout yaml_parser_t, depth: Int) throws(Malformed) -> SettingsTree? {
    guard depth <= deepest else { throw Malformed(reason: "it is more than \(deepest) levels deep") }
    var event = try next(&parser)
    defer { yaml_event_delete(&event) }
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return scalar.style == YAML_PLAIN_SCALAR_STYLE ? SettingsTree(scalar: text) : .text(text)
    case YAML_SEQUENCE_START_EVENT:
      var list: [SettingsTree] = []
      while let item = try node(&parser, depth: depth + 1) { list.append(item) }
      return .list(list)
    case YAML_MAPPING_START_EVENT:
      var settings: [String: SettingsTree] = [:]
      while let key = try node(&parser, depth: depth + 1) {
        guard case .text(let name) = key else {
          throw Malformed(
            reason: "line \(event.start_mark.line + 1) names a setting by something that is no word")
        }
        guard settings[name] == nil else { throw Malformed(reason: "it has the setting '\(name)' twice") }
        settings[name] = try node(&parser, depth: depth + 1) ?? .null
      }
      return .settings(settings)
    case YAML_ALIAS_EVENT:
      throw Malformed(reason: "line \(event.start_mark.line + 1) has an alias; write out what it stands for")
    default: return nil
    }
  }

  private static func next(_ parser: inout yaml_parser_t) throws(Malformed) -> yaml_event_t {
    var event = yaml_event_t()
    guard yaml_parser_parse(&parser, &event) != 0 else {
      let problem = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
      throw Malformed(reason: "line \(parser.problem_mark.line + 1): \(problem)")
    }
    return event
  }
}
