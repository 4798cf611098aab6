import Files

extension Tokenizer {
  /// Reads a `tokenizer.json` of Hugging Face's.
  ///
  /// - Throws: `TokenizerError` for a file that is missing or damaged, contradicts itself, or has a part that Lemnos does not
  ///   have, which it names.
  /// - SeeAlso: <https://huggingface.co/docs/tokenizers>
  public convenience init(contentsOf path: String) throws(TokenizerError) {
    let bytes = try Tokenizer.read(path)
    do throws(TokenizerError) { try self.init(json: bytes) } catch { throw error.of(path) }
  }

  /// Reads the content of a `tokenizer.json`.
  public convenience init(json bytes: [UInt8]) throws(TokenizerError) {
    let file = try JSONReader.read(bytes)
    guard case .object = file, let model = file["model"] else {
      throw TokenizerError(.unusable, "the file is no tokenizer: it has no \"model\"")
    }
    for name in ["truncation", "padding"] where file[name] != nil {
      throw TokenizerError(
        .unusable, "the file asks for \(name), which Lemnos does not do: set \"\(name)\" to null")
    }
    var added: [AddedToken] = []
    if let list = file["added_tokens"] {
      guard case .array(let values) = list else {
        throw TokenizerError(.unusable, "\"added_tokens\" is \(list.kind), where a list is expected")
      }
      for value in values { added.append(try AddedToken(value)) }
    }
    try self.init(
      model: TokenModel(model),
      normalizer: Tokenizer.optional(file["normalizer"]) { value throws(TokenizerError) in
        try Normalizer(value)
      },
      preTokenizer: Tokenizer.optional(file["pre_tokenizer"]) { value throws(TokenizerError) in
        try PreTokenizer(value)
      },
      postProcessor: Tokenizer.optional(file["post_processor"]) { value throws(TokenizerError) in
        try PostProcessor(value)
      },
      decoder: Tokenizer.optional(file["decoder"]) { value throws(TokenizerError) in try TokenDecoder(value)
      }, addedTokens: added)
  }

  private static func optional<Part>(
    _ value: JSONValue?, _ make: (JSONValue) throws(TokenizerError) -> Part
  ) throws(TokenizerError) -> Part? {
    guard let value else { return nil }
    return try make(value)
  }

  static func read(_ path: String) throws(TokenizerError) -> [UInt8] {
    do throws(FileError) {
      return try DurableFile.read(path)
    } catch {
      throw TokenizerError(error.category == .missing ? .missing : .unusable, path: path, error.reason)
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws(TokenizerError) {
    do throws(FileError) {
      try DurableFile.write([bytes], to: path)
    } catch { throw TokenizerError(.cannotWrite, path: path, error.reason) }
  }

  /// Writes a `tokenizer.json`, which Hugging Face's package reads too, in place of any file there.
  public func write(to path: String) throws(TokenizerError) { try Tokenizer.write(json, to: path) }

  /// The content of the file that `write` writes.
  public var json: [UInt8] { JSONWriter.text(of: jsonValue) }

  var jsonValue: JSONValue {
    .object([
      .init("version", .text("1.0")), .init("truncation", .null), .init("padding", .null),
      .init("added_tokens", .array(addedTokens.map(\.json))),
      .init("normalizer", normalizer?.json ?? .null), .init("pre_tokenizer", preTokenizer?.json ?? .null),
      .init("post_processor", postProcessor?.json ?? .null), .init("decoder", decoder?.json ?? .null),
      .init("model", model.json),
    ])
  }
}

extension AddedToken {
  fileprivate init(_ value: JSONValue) throws(TokenizerError) {
    guard case .object = value, let id = value["id"]?.id, let content = value["content"]?.bytes else {
      throw TokenizerError(
        .unusable, "an added token is \(value.kind), where an object with \"id\" and \"content\" is expected")
    }
    func flag(_ name: String, _ standard: Bool) throws(TokenizerError) -> Bool {
      guard let flag = value[name] else { return standard }
      guard case .bool(let flag) = flag else {
        throw TokenizerError(
          .unusable, "the added token \(id) has \(flag.kind) for \"\(name)\", where true or false is expected"
        )
      }
      return flag
    }
    self.init(
      id: id, content: String(decoding: content, as: UTF8.self), isSpecial: try flag("special", false))
    isWholeWord = try flag("single_word", false)
    stripsLeft = try flag("lstrip", false)
    stripsRight = try flag("rstrip", false)
    isNormalized = try flag("normalized", !isSpecial)
  }

  fileprivate var json: JSONValue {
    .object([
      .init("id", .number(Double(id))), .init("content", .text(content)),
      .init("single_word", .bool(isWholeWord)),
      .init("lstrip", .bool(stripsLeft)), .init("rstrip", .bool(stripsRight)),
      .init("normalized", .bool(isNormalized)),
      .init("special", .bool(isSpecial)),
    ])
  }
}
