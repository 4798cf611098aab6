import Synchronization

/// Makes numbers of text, and text of numbers.
///
///     let tokenizer = try Tokenizer(contentsOf: "tokenizer.json")
///     let ids = try tokenizer.encode("Hello there!")
///     print(try tokenizer.decode(ids))
///
/// A text is normalized, cut into words, and each word made of tokens of a vocabulary, by byte pair encoding, WordPiece or
/// Unigram. All of it is read from and written to Hugging Face's `tokenizer.json`, and gives the same numbers as there; the
/// files of ranks that tiktoken reads are byte pair encodings too.
///
/// Several threads may use one tokenizer.
public final class Tokenizer: Sendable {
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: TokenModel
  let postProcessor: PostProcessor?
  let decoder: TokenDecoder?

  /// Tokens that are found in a text as they are, in the order of their ids.
  public let addedTokens: [AddedToken]

  private let rawSearch: AddedTokenSearch
  private let normalizedSearch: AddedTokenSearch
  private let addedByID: [Int32: AddedToken]
  private let idleStates = Mutex<[EncodingState]>([])

  /// - Throws: `TokenizerError` for added tokens that contradict the vocabulary, and ids that have no token.
  init(
    model: TokenModel, normalizer: Normalizer? = nil, preTokenizer: PreTokenizer? = nil,
    postProcessor: PostProcessor? = nil,
    decoder: TokenDecoder? = nil, addedTokens: [AddedToken] = []
  ) throws(TokenizerError) {
    (self.model, self.normalizer, self.preTokenizer) = (model, normalizer, preTokenizer)
    (self.postProcessor, self.decoder) = (postProcessor, decoder)
    self.addedTokens = addedTokens.sorted { $0.id < $1.id }
    var byID: [Int32: AddedToken] = [:]
    let vocabulary = model.vocabulary
    for token in addedTokens {
      guard token.id >= 0 else {
        throw TokenizerError(
          .unusable, "the added token '\(token.content)' has the id \(token.id), which is negative")
      }
      if let other = byID.updateValue(token, forKey: token.id) {
        throw TokenizerError(
          .unusable,
          "the added tokens '\(other.content)' and '\(token.content)' have the same id, \(token.id)")
      }
      if token.id < vocabulary.count, !vocabulary.holes.contains(token.id),
        !vocabulary[token.id].elementsEqual(token.content.utf8)
      {
        throw TokenizerError(
          .unusable,
          "the added token '\(token.content)' has the id \(token.id), which is '\(vocabulary.text(token.id))' in the vocabulary"
        )
      }
    }
    if let hole = vocabulary.holes.filter({ byID[$0] == nil }).min() {
      throw TokenizerError(
        .unusable,
        "the vocabulary has a hole: no token has the id \(hole), though ids go up to \(vocabulary.count - 1)")
    }
    addedByID = byID
    rawSearch = AddedTokenSearch(addedTokens.filter { !$0.isNormalized }.map { ($0, Array($0.content.utf8)) })
    normalizedSearch = AddedTokenSearch(
      addedTokens.filter(\.isNormalized).map { token in
        (token, normalizer?.apply(to: Array(token.content.utf8)) ?? Array(token.content.utf8))
      })
    if let id = postProcessor?.addedIDs.first(where: {
      byID[$0] == nil && !(0..<Int32(vocabulary.count)).contains($0)
    }) {
      throw TokenizerError(
        .unusable, "the post-processor adds the token \(id), which is not in the vocabulary")
    }
  }

  /// One more than the largest id: how many rows an embedding needs, and how many scores a prediction has.
  public var vocabularySize: Int { max(model.vocabulary.count, Int(addedTokens.last?.id ?? -1) + 1) }

  /// The id of a token, given as the vocabulary writes it; nil if there is none.
  public func id(of token: String) -> Int32? {
    addedTokens.first { $0.content.utf8.elementsEqual(token.utf8) }?.id ?? model.vocabulary.id(of: token)
  }

  /// A token as the vocabulary writes it; nil if there is none of that id.
  public func token(_ id: Int32) -> String? { bytes(of: id).map { String(decoding: $0, as: UTF8.self) } }

  private func bytes(of id: Int32) -> [UInt8]? {
    if let added = addedByID[id] { return Array(added.content.utf8) }
    guard (0..<Int32(model.vocabulary.count)).contains(id) else { return nil }
    return Array(model.vocabulary[id])
  }

  /// The tokens of a text.
  ///
  /// - Parameter addsSpecialTokens: whether to add what the tokenizer puts around texts, such as `[CLS]` and `[SEP]`.
  /// - Throws: `TokenizerError` (`.badInput`) for a character without a token, where there is no unknown token.
  public func encode(_ text: String, addsSpecialTokens: Bool = true) throws(TokenizerError) -> [Int32] {
    var text = text
    var result: Result<[Int32], TokenizerError> = .success([])
    text.withUTF8 { text in
      do throws(TokenizerError) {
        result = .success(try encode(valid: text, addsSpecialTokens: addsSpecialTokens))
      } catch { result = .failure(error) }
    }
    return try result.get()
  }

  /// The tokens of a text, cut so that there are no more than so many, with what the tokenizer puts around texts.
  ///
  /// - Throws: `TokenizerError` (`.badInput`) for a character without a token, where there is no unknown token.
  public func encode(_ text: String, upTo count: Int) throws(TokenizerError) -> [Int32] {
    let ids = try encode(text, addsSpecialTokens: false)
    guard let postProcessor else { return Array(ids.prefix(count)) }
    let room = max(0, count - postProcessor.apply(to: []).count)
    return Array(postProcessor.apply(to: Array(ids.prefix(room))).prefix(count))
  }

  /// The same tokenizer with a token before each text and one after it, as BERT has `[CLS]` and `[SEP]`.
  ///
  /// - Throws: `TokenizerError` for a token that is none of its own.
  public func framing(with before: String, _ after: String) throws(TokenizerError) -> Tokenizer {
    func pair(_ token: String) throws(TokenizerError) -> JSONValue {
      guard let id = id(of: token) else {
        throw TokenizerError(.badInput, "there is no token '\(token)' to put around texts")
      }
      return .array([.text(token), .number(Double(id))])
    }
    let members: JSONValue = .object([
      JSONValue.Member("type", .text("BertProcessing")), JSONValue.Member("sep", try pair(after)),
      JSONValue.Member("cls", try pair(before)),
    ])
    return try Tokenizer(
      model: model, normalizer: normalizer, preTokenizer: preTokenizer,
      postProcessor: PostProcessor(members), decoder: decoder, addedTokens: addedTokens)
  }

  /// The tokens of a text in UTF-8.
  ///
  /// - Parameters:
  ///   - replacesInvalid: whether what is no UTF-8 becomes U+FFFD, as in Python's `errors="replace"`: one for each part that
  ///     could begin a character.
  ///   - addsSpecialTokens: whether to add what the tokenizer puts around texts, such as `[CLS]` and `[SEP]`.
  /// - Throws: `TokenizerError` (`.badInput`) for bytes that are no UTF-8, and for a character without a token, where there is
  ///   no unknown token.
  public func encode(
    utf8 bytes: UnsafeBufferPointer<UInt8>, replacesInvalid: Bool = false, addsSpecialTokens: Bool = true
  ) throws(TokenizerError) -> [Int32] {
    guard let invalid = UTF8Text.firstInvalid(bytes) else {
      return try encode(valid: bytes, addsSpecialTokens: addsSpecialTokens)
    }
    guard replacesInvalid else {
      throw TokenizerError(
        .badInput,
        "the text is no UTF-8: byte \(invalid) of \(bytes.count), 0x\(String(bytes[invalid], radix: 16)), begins no character; "
          + "convert it, or have such bytes replaced")
    }
    return try encode(String(decoding: bytes, as: UTF8.self), addsSpecialTokens: addsSpecialTokens)
  }

  public func encode(
    utf8 bytes: [UInt8], replacesInvalid: Bool = false, addsSpecialTokens: Bool = true
  ) throws(TokenizerError) -> [Int32] {
    try bytes.withUnsafeBufferPointer { bytes throws(TokenizerError) in
      try encode(utf8: bytes, replacesInvalid: replacesInvalid, addsSpecialTokens: addsSpecialTokens)
    }
  }

  private func encode(valid text: TextBytes, addsSpecialTokens: Bool) throws(TokenizerError) -> [Int32] {
    let state = idleStates.withLock { $0.popLast() } ?? EncodingState()
    defer { idleStates.withLock { $0.append(state) } }
    var ids: [Int32] = []
    ids.reserveCapacity(text.count / 4)
    try rawSearch.forEachPart(in: text) { part, token throws(TokenizerError) in
      if let token {
        ids.append(token.id)
      } else {
        try append(TextBytes(rebasing: text[part]), isFirst: part.lowerBound == 0, state, to: &ids)
      }
    }
    return addsSpecialTokens ? postProcessor?.apply(to: ids) ?? ids : ids
  }

  /// Appends the tokens of a part without special tokens.
  private func append(
    _ text: TextBytes, isFirst: Bool, _ state: EncodingState, to ids: inout [Int32]
  ) throws(TokenizerError) {
    guard let normalizer else { return try appendNormalized(text, isFirst: isFirst, state, to: &ids) }
    // Where the first character is left out, what follows it is not the beginning: so Hugging Face's package has it.
    let isFirst = isFirst && !normalizer.apply(to: Array(text[..<UTF8Text.count(from: text[0])])).isEmpty
    try normalizer.apply(to: Array(text)).withUnsafeBufferPointer { text throws(TokenizerError) in
      try appendNormalized(text, isFirst: isFirst, state, to: &ids)
    }
  }

  private func appendNormalized(
    _ text: TextBytes, isFirst: Bool, _ state: EncodingState, to ids: inout [Int32]
  ) throws(TokenizerError) {
    try normalizedSearch.forEachPart(in: text) { part, token throws(TokenizerError) in
      if let token {
        ids.append(token.id)
      } else {
        let isFirst = isFirst && part.lowerBound == 0
        try state.append(TextBytes(rebasing: text[part]), isFirst: isFirst, preTokenizer, model, to: &ids)
      }
    }
  }

  /// The words that a text is cut into, as training counts them: normalized, without a search for added tokens.
  func forEachWord(
    in text: TextBytes, _ body: (TextBytes) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    let normalized = normalizer?.apply(to: Array(text)) ?? Array(text)
    try normalized.withUnsafeBufferPointer { text throws(TokenizerError) in
      guard let preTokenizer else { return text.isEmpty ? () : try body(text) }
      try preTokenizer.forEachWord(in: text, isFirst: true, body)
    }
  }

  /// The text of tokens.
  ///
  /// Special tokens are left out by default. Bytes that are no UTF-8, such as half a character, become U+FFFD.
  ///
  /// - Throws: `TokenizerError` (`.badInput`) for an id that has no token.
  public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool = true) throws(TokenizerError)
    -> String
  {
    var tokens: [[UInt8]] = []
    for id in ids {
      if skipsSpecialTokens, addedByID[id]?.isSpecial == true { continue }
      guard let token = bytes(of: id) else {
        throw TokenizerError(.badInput, "there is no token \(id): ids go from 0 to \(vocabularySize - 1)")
      }
      tokens.append(token)
    }
    guard let decoder else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
    return decoder.text(of: tokens)
  }
}
