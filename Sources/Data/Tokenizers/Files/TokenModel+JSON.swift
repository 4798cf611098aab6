extension TokenModel {
  /// - Parameter added: ids of added tokens, which the vocabulary may leave out.
  init(_ value: JSONValue) throws(TokenizerError) {
    // Older files of byte pair encodings say no type.
    let isOldBPE = value["type"] == nil && value["merges"] != nil
    let reader = try ComponentReader(isOldBPE ? TokenModel.typed(value) : value, role: "model")
    switch reader.type {
    case "BPE": self = .bpe(try BPE(reader))
    case "WordPiece": self = .wordPiece(try WordPiece(reader))
    case "Unigram": self = .unigram(try Unigram(reader))
    default: throw reader.unsupported
    }
  }

  private static func typed(_ value: JSONValue) -> JSONValue {
    guard case .object(let members) = value else { return value }
    return .object([.init("type", .text("BPE"))] + members)
  }

  var json: JSONValue {
    switch self {
    case .bpe(let model): model.json
    case .wordPiece(let model): model.json
    case .unigram(let model): model.json
    }
  }
}

extension Vocabulary {
  /// An object of tokens and their ids.
  fileprivate init(_ reader: ComponentReader) throws(TokenizerError) {
    guard case .object(let members)? = reader.value["vocab"] else {
      throw reader.wrong("vocab", "an object of tokens and ids")
    }
    func name(_ token: [UInt8]) -> String { "'\(String(decoding: token, as: UTF8.self))'" }
    var largest: Int32 = -1
    for member in members {
      guard let id = member.value.id, id >= 0 else {
        throw TokenizerError(
          .unusable,
          "the token \(name(member.name)) has the id \(member.value.kind), where a whole number from 0 is expected"
        )
      }
      largest = max(largest, id)
    }
    // Holes are allowed where added tokens fill them; a file of a few bytes must not ask for gigabytes all the same.
    guard Int(largest) < 4 * members.count + 100_000 else {
      throw TokenizerError(
        .unusable,
        "the vocabulary has a hole: its ids go up to \(largest), but it has only \(members.count) tokens")
    }
    var tokens = [[UInt8]?](repeating: nil, count: Int(largest) + 1)
    for member in members {
      guard let id = member.value.id else { continue }
      if let other = tokens[Int(id)] {
        throw TokenizerError(
          .unusable, "the tokens \(name(other)) and \(name(member.name)) have the same id, \(id)")
      }
      tokens[Int(id)] = member.name
    }
    try self.init(tokens)
  }

  fileprivate var json: JSONValue {
    .object(tokens.map { JSONValue.Member(name: $0.bytes, value: .number(Double($0.id))) })
  }
}

extension BPE {
  fileprivate init(_ reader: ComponentReader) throws(TokenizerError) {
    if let dropout = reader.value["dropout"], dropout != .number(0) {
      throw TokenizerError(
        .unusable,
        "the model BPE has a dropout of \(dropout.kind), which makes other tokens each time: set it to null")
    }
    var options = Options()
    options.unknownToken = reader.value["unk_token"] == nil ? nil : try reader.text("unk_token")
    options.continuingSubwordPrefix = try reader.text("continuing_subword_prefix", [])
    options.endOfWordSuffix = try reader.text("end_of_word_suffix", [])
    options.fusesUnknown = try reader.flag("fuse_unk", false)
    options.fallsBackToBytes = try reader.flag("byte_fallback", false)
    options.ignoresMerges = try reader.flag("ignore_merges", false)
    var merges: [(left: [UInt8], right: [UInt8])] = []
    for value in try reader.list("merges") { merges.append(try BPE.merge(value, number: merges.count + 1)) }
    try self.init(vocabulary: Vocabulary(reader), merges: merges, options: options)
  }

  /// Two tokens, as a list or, in older files, as a text with a space between them.
  private static func merge(
    _ value: JSONValue, number: Int
  ) throws(TokenizerError) -> (left: [UInt8], right: [UInt8]) {
    switch value {
    case .array(let pair):
      if pair.count == 2, let left = pair[0].bytes, let right = pair[1].bytes { return (left, right) }
    case .string(let text):
      let pair = text.split(separator: 0x20, omittingEmptySubsequences: false)
      if pair.count == 2 { return (Array(pair[0]), Array(pair[1])) }
    default: break
    }
    throw TokenizerError(.unusable, "the merge \(number) is \(value.kind), where two tokens are expected")
  }

  fileprivate var json: JSONValue {
    func text(_ bytes: [UInt8]) -> JSONValue { bytes.isEmpty ? .null : .string(bytes) }
    return .component(
      "BPE", ("dropout", .null), ("unk_token", options.unknownToken.map { .string($0) } ?? .null),
      ("continuing_subword_prefix", text(options.continuingSubwordPrefix)),
      ("end_of_word_suffix", text(options.endOfWordSuffix)),
      ("fuse_unk", .bool(options.fusesUnknown)), ("byte_fallback", .bool(options.fallsBackToBytes)),
      ("ignore_merges", .bool(options.ignoresMerges)), ("vocab", vocabulary.json),
      (
        "merges",
        .array(
          merges.map { .array([.string(Array(vocabulary[$0.left])), .string(Array(vocabulary[$0.right]))]) })
      ))
  }
}

extension WordPiece {
  fileprivate init(_ reader: ComponentReader) throws(TokenizerError) {
    var options = Options()
    options.unknownToken = try reader.text("unk_token", options.unknownToken)
    options.continuingSubwordPrefix = try reader.text(
      "continuing_subword_prefix", options.continuingSubwordPrefix)
    options.longestWord = try reader.count("max_input_chars_per_word", options.longestWord)
    try self.init(vocabulary: Vocabulary(reader), options: options)
  }

  fileprivate var json: JSONValue {
    .component(
      "WordPiece", ("unk_token", .string(options.unknownToken)),
      ("continuing_subword_prefix", .string(options.continuingSubwordPrefix)),
      ("max_input_chars_per_word", .number(Double(options.longestWord))), ("vocab", vocabulary.json))
  }
}

extension Unigram {
  fileprivate init(_ reader: ComponentReader) throws(TokenizerError) {
    var (tokens, scores): ([[UInt8]?], [Double]) = ([], [])
    for value in try reader.list("vocab") {
      guard case .array(let pair) = value, pair.count == 2, let token = pair[0].bytes,
        case .number(let score) = pair[1]
      else {
        throw TokenizerError(
          .unusable,
          "the token \(tokens.count) of the model Unigram is \(value.kind), where a text and a score are expected"
        )
      }
      tokens.append(token)
      scores.append(score)
    }
    var unknown: Int32?
    if let value = reader.value["unk_id"] {
      guard let id = value.id else { throw reader.wrong("unk_id", "a token's number") }
      unknown = id
    }
    try self.init(
      vocabulary: Vocabulary(tokens), scores: scores, unknown: unknown,
      fallsBackToBytes: try reader.flag("byte_fallback", false))
  }

  fileprivate var json: JSONValue {
    .component(
      "Unigram", ("unk_id", unknown.map { .number(Double($0)) } ?? .null),
      ("vocab", .array(vocabulary.tokens.map { .array([.string($0.bytes), .number(scores[Int($0.id)])]) })),
      ("byte_fallback", .bool(fallsBackToBytes)))
  }
}
