extension TokenDecoder {
  init(_ value: JSONValue) throws(TokenizerError) {
    let reader = try ComponentReader(value, role: "decoder")
    switch reader.type {
    case "ByteLevel": self = .byteLevel(members: value)
    case "WordPiece":
      self = .wordPiece(
        prefix: try reader.text("prefix", Array("##".utf8)), cleansUp: try reader.flag("cleanup", true))
    case "Metaspace": self = .metaspace(try PreTokenizer.Metaspace(reader))
    case "BPEDecoder": self = .bpe(suffix: try reader.text("suffix", Array("</w>".utf8)))
    case "ByteFallback": self = .byteFallback
    case "Fuse": self = .fuse
    case "Strip":
      self = .strip(
        content: try reader.text("content", [0x20]), start: try reader.count("start", 0),
        stop: try reader.count("stop", 0))
    case "Replace": self = .replace(try reader.pattern("pattern"), with: try reader.text("content"))
    case "Sequence":
      self = .sequence(try reader.parts("decoders") { part throws(TokenizerError) in try TokenDecoder(part) })
    default: throw reader.unsupported
    }
  }

  /// The decoder of byte-level vocabularies.
  static let byteLevel = TokenDecoder.byteLevel(
    members: .component(
      "ByteLevel", ("add_prefix_space", .bool(true)), ("trim_offsets", .bool(true)),
      ("use_regex", .bool(true))))

  var json: JSONValue {
    switch self {
    case .byteLevel(let members): members
    case .wordPiece(let prefix, let cleansUp):
      .component("WordPiece", ("prefix", .string(prefix)), ("cleanup", .bool(cleansUp)))
    case .metaspace(let metaspace): metaspace.json
    case .bpe(let suffix): .component("BPEDecoder", ("suffix", .string(suffix)))
    case .byteFallback: .component("ByteFallback")
    case .fuse: .component("Fuse")
    case .strip(let content, let start, let stop):
      .component(
        "Strip", ("content", .string(content)), ("start", .number(Double(start))),
        ("stop", .number(Double(stop))))
    case .replace(let pattern, let content):
      .component(
        "Replace", ("pattern", .object([.init("String", .string(pattern))])), ("content", .string(content)))
    case .sequence(let parts): .component("Sequence", ("decoders", .array(parts.map(\.json))))
    }
  }
}
