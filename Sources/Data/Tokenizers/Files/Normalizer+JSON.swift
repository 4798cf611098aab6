extension Normalizer {
  init(_ value: JSONValue) throws(TokenizerError) {
    let reader = try ComponentReader(value, role: "normalizer")
    switch reader.type {
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "BertNormalizer":
      let standard = BERT()
      self = .bert(
        BERT(
          cleansText: try reader.flag("clean_text", standard.cleansText),
          handlesChineseCharacters: try reader.flag(
            "handle_chinese_chars", standard.handlesChineseCharacters),
          stripsAccents: value["strip_accents"] == nil ? nil : try reader.flag("strip_accents", true),
          lowercases: try reader.flag("lowercase", standard.lowercases)))
    case "Replace": self = .replace(try reader.pattern("pattern"), with: try reader.text("content"))
    case "Prepend": self = .prepend(try reader.text("prepend"))
    case "Strip":
      self = .strip(left: try reader.flag("strip_left", true), right: try reader.flag("strip_right", true))
    case "Sequence":
      self = .sequence(
        try reader.parts("normalizers") { part throws(TokenizerError) in try Normalizer(part) })
    case let type:
      guard let form = NormalizationForm(rawValue: type) else { throw reader.unsupported }
      self = .form(form)
    }
  }

  var json: JSONValue {
    switch self {
    case .form(let form): .component(form.rawValue)
    case .lowercase: .component("Lowercase")
    case .stripAccents: .component("StripAccents")
    case .bert(let bert):
      .component(
        "BertNormalizer", ("clean_text", .bool(bert.cleansText)),
        ("handle_chinese_chars", .bool(bert.handlesChineseCharacters)),
        ("strip_accents", bert.stripsAccents.map { .bool($0) } ?? .null),
        ("lowercase", .bool(bert.lowercases)))
    case .replace(let pattern, let content):
      .component(
        "Replace", ("pattern", .object([.init("String", .string(pattern))])), ("content", .string(content)))
    case .prepend(let prefix): .component("Prepend", ("prepend", .string(prefix)))
    case .strip(let left, let right):
      .component("Strip", ("strip_left", .bool(left)), ("strip_right", .bool(right)))
    case .sequence(let parts): .component("Sequence", ("normalizers", .array(parts.map(\.json))))
    }
  }
}

extension JSONValue {
  /// An object with a type.
  static func component(_ type: String, _ members: (String, JSONValue)...) -> JSONValue {
    .object([Member("type", .text(type))] + members.map { Member($0.0, $0.1) })
  }
}
