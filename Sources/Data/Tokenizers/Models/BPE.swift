/// Byte pair encoding: a word's characters, or bytes, of which pairs are merged to tokens in the order in which training found them.
///
/// - SeeAlso: Sennrich, Haddow & Birch 2016; Radford et al. 2019 for bytes.
struct BPE: Sendable {
  /// What a file can say besides tokens and merges.
  struct Options: Hashable, Sendable {
    /// The token for characters that are none; without one they are an error.
    var unknownToken: [UInt8]?
    /// What tokens within a word begin with.
    var continuingSubwordPrefix: [UInt8] = []
    /// What a word's last token ends with.
    var endOfWordSuffix: [UInt8] = []
    /// Unknown characters that follow one another are one unknown token.
    var fusesUnknown = false
    /// An unknown character is written by its bytes, such as `<0xE2>`.
    var fallsBackToBytes = false
    /// A word that is a token is that one, whatever the merges make of it.
    var ignoresMerges = false
  }

  let vocabulary: Vocabulary
  /// Pairs of tokens by rank.
  let merges: [(left: Int32, right: Int32)]
  let options: Options
  private let pairs: PairTable
  /// The token of each byte in a byte-level vocabulary; -1 for none.
  private let byteTokens: [Int32]
  /// The token `<0xE2>` for each byte; -1 for none.
  private let fallbackTokens: [Int32]
  private let unknown: Int32?

  /// - Throws: `TokenizerError` for a merge of no tokens, one that makes none, and an unknown token that is none.
  init(
    vocabulary: Vocabulary, merges: [(left: [UInt8], right: [UInt8])], options: Options = Options()
  ) throws(TokenizerError) {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    var (ids, pairs): ([(left: Int32, right: Int32)], PairTable) = ([], PairTable(capacity: merges.count))
    for (rank, merge) in merges.enumerated() {
      let name = "the merge \(rank + 1) of '\(text(merge.left))' and '\(text(merge.right))'"
      guard let left = vocabulary.id(of: merge.left), let right = vocabulary.id(of: merge.right) else {
        let missing = vocabulary.id(of: merge.left) == nil ? merge.left : merge.right
        throw TokenizerError(.unusable, "\(name) needs '\(text(missing))', which is not in the vocabulary")
      }
      let whole = merge.left + merge.right.dropFirst(options.continuingSubwordPrefix.count)
      guard let result = vocabulary.id(of: whole) else {
        throw TokenizerError(.unusable, "\(name) makes '\(text(whole))', which is no token of the vocabulary")
      }
      guard pairs.insert(left, right, PairTable.Entry(rank: Int32(rank), result: result)) else {
        throw TokenizerError(.unusable, "\(name) is there twice")
      }
      ids.append((left, right))
    }
    try self.init(vocabulary: vocabulary, merges: ids, pairs: pairs, options: options)
  }

  init(
    vocabulary: Vocabulary, merges: [(left: Int32, right: Int32)], pairs: PairTable, options: Options
  ) throws(TokenizerError) {
    (self.vocabulary, self.merges, self.pairs, self.options) = (vocabulary, merges, pairs, options)
    byteTokens = (0..<256).map { vocabulary.id(of: ByteAlphabet.token(of: CollectionOfOne(UInt8($0)))) ?? -1 }
    fallbackTokens = ByteFallback.tokens(of: vocabulary)
    unknown = options.unknownToken.flatMap { vocabulary.id(of: $0) }
    if let name = options.unknownToken, unknown == nil {
      throw TokenizerError(
        .unusable,
        "the unknown token '\(String(decoding: name, as: UTF8.self))' is not in the vocabulary: add it, or name another"
      )
    }
  }

  /// Appends the tokens of a word.
  ///
  /// - Parameter isByteLevel: whether tokens are of bytes in the alphabet of byte-level vocabularies.
  func encode(
    _ word: TextBytes, isByteLevel: Bool, scratch: inout BPEScratch, into result: inout [Int32]
  ) throws(TokenizerError) {
    if options.ignoresMerges {
      let token = isByteLevel ? vocabulary.id(of: ByteAlphabet.token(of: word)) : vocabulary.id(of: word)
      if let token {
        result.append(token)
        return
      }
    }
    scratch.symbols.removeAll(keepingCapacity: true)
    if isByteLevel {
      try appendBytes(of: word, to: &scratch.symbols)
    } else {
      try appendCharacters(of: word, to: &scratch.symbols)
    }
    if !merges.isEmpty || options.ignoresMerges { scratch.merge(by: pairs) }
    result += scratch.symbols
  }

  private func appendBytes(of word: TextBytes, to symbols: inout [Int32]) throws(TokenizerError) {
    for byte in word {
      let token = byteTokens[Int(byte)]
      if token >= 0 {
        symbols.append(token)
      } else if let unknown {
        if !options.fusesUnknown || symbols.last != unknown { symbols.append(unknown) }
      } else {
        throw TokenizerError(
          .badInput,
          "the vocabulary has no token for the byte \(byte), and no unknown token: train it with all bytes")
      }
    }
  }

  private func appendCharacters(of word: TextBytes, to symbols: inout [Int32]) throws(TokenizerError) {
    let (prefix, suffix) = (options.continuingSubwordPrefix, options.endOfWordSuffix)
    var position = 0
    var endsUnknown = false
    while position < word.count {
      let end = position + UTF8Text.count(from: word[position])
      let character = TextBytes(rebasing: word[position..<end])
      let isPlain = (position == 0 || prefix.isEmpty) && (end < word.count || suffix.isEmpty)
      let token =
        isPlain
        ? vocabulary.id(of: character)
        : vocabulary.id(of: (position == 0 ? [] : prefix) + character + (end < word.count ? [] : suffix))
      if let token {
        symbols.append(token)
        endsUnknown = false
      } else if options.fallsBackToBytes, character.allSatisfy({ fallbackTokens[Int($0)] >= 0 }) {
        for byte in character { symbols.append(fallbackTokens[Int(byte)]) }
        endsUnknown = false
      } else if let unknown {
        if !options.fusesUnknown || !endsUnknown { symbols.append(unknown) }
        endsUnknown = true
      } else {
        throw TokenizerError.unknown(character)
      }
      position = end
    }
  }
}

/// The tokens of single bytes in vocabularies of characters.
enum ByteFallback {
  /// Such as `<0x0A>`.
  static func name(of byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
  }

  /// The token of each byte; -1 where there is none.
  static func tokens(of vocabulary: Vocabulary) -> [Int32] {
    (0..<256).map { vocabulary.id(of: name(of: UInt8($0))) ?? -1 }
  }

  /// The byte of a token; nil for any other.
  static func byte(of token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">"),
      token[3] != UInt8(ascii: "+")
    else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}

extension TokenizerError {
  /// A character that has no token.
  static func unknown(_ character: TextBytes) -> TokenizerError {
    let value = UTF8Text.scalar(character, at: 0).value
    let digits = String(value, radix: 16, uppercase: true)
    return TokenizerError(
      .badInput,
      "the vocabulary has no token for '\(String(decoding: character, as: UTF8.self))' "
        + "(U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)), and no unknown token: add one, or train on such texts"
    )
  }
}
