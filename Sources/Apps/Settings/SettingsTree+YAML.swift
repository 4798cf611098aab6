import CYAML

extension SettingsTree {
  /// The YAML form, with names in alphabetical order.
  package var yaml: String {
    guard case .settings(let settings) = self else { return inline + "\n" }
    return settings.sorted { $0.key < $1.key }.map { name, value in
      let name = SettingsTree.written(name)
      guard case .settings(let inner) = value, !inner.isEmpty else { return "\(name): \(value.inline)\n" }
      let lines = value.yaml.split(separator: "\n").map { "  \($0)\n" }
      return "\(name):\n" + lines.joined()
    }.joined()
  }

  /// The one-line form.
  private var inline: String {
    switch self {
    case .null: "null"
    case .flag(let flag): "\(flag)"
    case .number(.whole(let number)): "\(number)"
    case .number(.great(let number)): "\(number)"
    case .number(.real(let number)): "\(number)"
    case .text(let text): SettingsTree.written(text)
    case .list(let list): "[" + list.map(\.inline).joined(separator: ", ") + "]"
    case .settings(let settings):
      "{"
        + settings.sorted { $0.key < $1.key }.map { "\(SettingsTree.written($0)): \($1.inline)" }
        .joined(separator: ", ") + "}"
    }
  }

  /// True if a text needs no quotes.
  private static func isPlain(_ text: String) -> Bool {
    let letters = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./".utf8.contains(byte)
    }
    return letters && !text.isEmpty && !text.hasPrefix("-") && SettingsTree(scalar: text) == .text(text)
  }

  /// In double quotes, with escapes for characters that YAML does not allow, or treats as line ends.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case " "..."~", "\u{A1}"..."\u{2027}", "\u{202A}"..."\u{D7FF}", "\u{E000}"..."\u{FEFE}",
        "\u{FF00}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
        result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16)
        result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return result + "\""
  }

  private static func written(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

  /// The value of an unquoted text.
  private init(scalar text: String) {
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .flag(true)
    case "false", "False", "FALSE": self = .flag(false)
    default:
      self = Number(text).map { .number($0) } ?? .text(text)
    }
  }

  /// The error of invalid YAML.
  package struct Malformed: Error {
    package let reason: String
  }

  /// Reads YAML with libyaml: one document of mappings, sequences and scalars, without anchors.
  ///
  /// Empty text has no settings.
  package init(yaml text: String) throws(Malformed) {
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

  /// Deeper than any settings, and safe for the stack.
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

  /// The next node; nil at the end of its parent.
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

extension SettingsTree.Number {
  /// The number of an unquoted text; nil if it is none.
  fileprivate init?(_ text: String) {
    guard let first = text.utf8.first, "0123456789+-.".utf8.contains(first) else { return nil }
    if let whole = Int64(text) {
      self = .whole(whole)
    } else if let great = UInt64(text) {
      self = .great(great)
    } else if let number = Double(text) {
      self.init(number)
    } else {
      return nil
    }
  }
}
