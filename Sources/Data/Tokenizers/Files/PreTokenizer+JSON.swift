extension PreTokenizer {
  init(_ value: JSONValue) throws(TokenizerError) {
    let reader = try ComponentReader(value, role: "pre-tokenizer")
    switch reader.type {
    case "ByteLevel":
      self = .byteLevel(
        addsPrefixSpace: try reader.flag("add_prefix_space", true),
        trimsOffsets: try reader.flag("trim_offsets", true),
        usesPattern: try reader.flag("use_regex", true))
    case "BertPreTokenizer": self = .bert
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "Metaspace": self = .metaspace(try Metaspace(reader))
    case "Digits": self = .digits(individually: try reader.flag("individual_digits", false))
    case "Punctuation": self = .punctuation(try PreTokenizer.behavior(reader, .isolated))
    case "CharDelimiterSplit":
      self = .split(by: .text(try reader.text("delimiter")), .removed, isInverted: false)
    case "Split":
      self = .split(
        by: try Delimiter(reader), try PreTokenizer.behavior(reader, nil),
        isInverted: try reader.flag("invert", false))
    case "Sequence":
      let parts = try reader.parts("pretokenizers") { part throws(TokenizerError) in try PreTokenizer(part) }
      if parts.dropLast().contains(where: \.isByteLevel) {
        throw TokenizerError(
          .unusable,
          "the pre-tokenizer ByteLevel is followed by another one, where Lemnos takes it as the last one only"
        )
      }
      self = .sequence(parts)
    default: throw reader.unsupported
    }
  }

  private static func behavior(
    _ reader: ComponentReader, _ standard: SplitBehavior?
  ) throws(TokenizerError) -> SplitBehavior {
    if let standard, reader.value["behavior"] == nil { return standard }
    let name = String(decoding: try reader.text("behavior"), as: UTF8.self)
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw reader.wrong("behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous")
    }
    return behavior
  }

  var json: JSONValue {
    switch self {
    case .byteLevel(let addsPrefixSpace, let trimsOffsets, let usesPattern):
      .component(
        "ByteLevel", ("add_prefix_space", .bool(addsPrefixSpace)), ("trim_offsets", .bool(trimsOffsets)),
        ("use_regex", .bool(usesPattern)))
    case .bert: .component("BertPreTokenizer")
    case .whitespace: .component("Whitespace")
    case .whitespaceSplit: .component("WhitespaceSplit")
    case .metaspace(let metaspace): metaspace.json
    case .digits(let individually): .component("Digits", ("individual_digits", .bool(individually)))
    case .punctuation(let behavior): .component("Punctuation", ("behavior", .text(behavior.rawValue)))
    case .split(let delimiter, let behavior, let isInverted):
      .component(
        "Split", ("pattern", delimiter.json), ("behavior", .text(behavior.rawValue)),
        ("invert", .bool(isInverted)))
    case .sequence(let parts): .component("Sequence", ("pretokenizers", .array(parts.map(\.json))))
    }
  }
}

extension PreTokenizer.Delimiter {
  fileprivate init(_ reader: ComponentReader) throws(TokenizerError) {
    guard let expression = reader.value["pattern"]?["Regex"]?.bytes else {
      self = .text(try reader.pattern("pattern"))
      return
    }
    guard let pattern = SplitPattern.allCases.first(where: { $0.expression.utf8.elementsEqual(expression) })
    else {
      throw TokenizerError(
        .unusable,
        "the pre-tokenizer Split has the regular expression \(String(decoding: expression, as: UTF8.self)), of which "
          + "Lemnos knows only those of GPT-2, cl100k_base, Llama 3 and Qwen 2")
    }
    self = .pattern(pattern)
  }

  fileprivate var json: JSONValue {
    switch self {
    case .text(let text): .object([.init("String", .string(text))])
    case .pattern(let pattern): .object([.init("Regex", .text(pattern.expression))])
    }
  }
}

extension PreTokenizer.Metaspace {
  init(_ reader: ComponentReader) throws(TokenizerError) {
    replacement = try reader.text("replacement", Array("▁".utf8))
    splits = try reader.flag("split", true)
    // Older files say true or false.
    guard reader.value["prepend_scheme"] != nil else {
      prepending = try reader.flag("add_prefix_space", true) ? .always : .never
      return
    }
    guard
      let scheme = Prepending(rawValue: String(decoding: try reader.text("prepend_scheme"), as: UTF8.self))
    else {
      throw reader.wrong("prepend_scheme", "always, never or first")
    }
    prepending = scheme
  }

  var json: JSONValue {
    .component(
      "Metaspace", ("replacement", .string(replacement)), ("prepend_scheme", .text(prepending.rawValue)),
      ("split", .bool(splits)))
  }
}
