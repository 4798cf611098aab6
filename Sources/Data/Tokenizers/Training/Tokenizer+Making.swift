extension Tokenizer {
  /// A tokenizer whose 256 tokens are the bytes of UTF-8, each with its own number, before special tokens.
  public static func bytes(specialTokens: [String] = []) throws(TokenizerError) -> Tokenizer {
    try Tokenizer(
      model: .bpe(
        BPE(vocabulary: Vocabulary((0..<256).map { ByteAlphabet.token(of: [UInt8($0)]) }), merges: [])),
      preTokenizer: .byteLevel(addsPrefixSpace: false, trimsOffsets: true, usesPattern: true),
      decoder: .byteLevel,
      addedTokens: added(specialTokens, after: 256))
  }

  /// A tokenizer whose tokens are the characters, Unicode's scalars, of some texts in their order, before special tokens.
  ///
  /// - Throws: `TokenizerError` for texts without a character. What it makes throws for other characters.
  public static func characters(
    of texts: some Sequence<String>, specialTokens: [String] = []
  ) throws(TokenizerError) -> Tokenizer {
    var characters: Set<UInt32> = []
    for text in texts { characters.formUnion(text.unicodeScalars.lazy.map(\.value)) }
    guard !characters.isEmpty else {
      throw TokenizerError(
        .badInput, "the texts have no character, so that there are no tokens: give some text")
    }
    let tokens = characters.sorted().map { UTF8Text.bytes([$0]) }
    return try Tokenizer(
      model: .bpe(BPE(vocabulary: Vocabulary(tokens), merges: [])), decoder: .fuse,
      addedTokens: added(specialTokens, after: tokens.count))
  }

  /// Trains a byte pair encoding of bytes on texts, as GPT-2 has it: every text has tokens.
  ///
  /// - Parameters:
  ///   - vocabularySize: of how many tokens at most, special ones included.
  ///   - leastFrequency: rarer pairs are not merged.
  ///   - specialTokens: they get the last ids.
  /// - Throws: `TokenizerError` for fewer tokens than there are bytes and special tokens.
  public static func trainedBPE(
    on texts: some Sequence<String>, vocabularySize: Int, leastFrequency: Int = 2,
    specialTokens: [String] = []
  ) throws(TokenizerError) -> Tokenizer {
    let bytes = try bytes()
    var training = BPETraining()
    training.vocabularySize = vocabularySize - specialTokens.count
    training.leastFrequency = leastFrequency
    training.initialAlphabet = ByteAlphabet.scalars
    let trained = try training.train(on: bytes.words(of: texts))
    return try Tokenizer(
      model: .bpe(BPE(vocabulary: Vocabulary(trained.tokens), merges: trained.merges)),
      preTokenizer: bytes.preTokenizer,
      decoder: .byteLevel, addedTokens: added(specialTokens, after: trained.tokens.count))
  }

  /// Trains WordPiece on texts, as BERT has it.
  ///
  /// - Parameters:
  ///   - vocabularySize: of how many tokens at most, special ones included.
  ///   - lowercases: whether letters become small and lose their accents.
  ///   - specialTokens: they get the first ids; the first of them is the unknown token.
  /// - Throws: `TokenizerError` for fewer tokens than there are characters and special tokens, and for no special token.
  public static func trainedWordPiece(
    on texts: some Sequence<String>, vocabularySize: Int, leastFrequency: Int = 2, lowercases: Bool = true,
    specialTokens: [String] = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
  ) throws(TokenizerError) -> Tokenizer {
    var options = WordPiece.Options()
    guard let unknown = specialTokens.first else {
      throw TokenizerError(.badInput, "WordPiece needs an unknown token: give at least one special token")
    }
    options.unknownToken = Array(unknown.utf8)
    var normalizer = Normalizer.BERT()
    (normalizer.lowercases, normalizer.stripsAccents) = (lowercases, lowercases)
    let added = added(specialTokens, after: 0)
    let untrained = try Tokenizer(
      model: .wordPiece(
        WordPiece(vocabulary: Vocabulary(specialTokens.map { Array($0.utf8) }), options: options)),
      normalizer: .bert(normalizer), preTokenizer: .bert, addedTokens: added)
    var training = BPETraining()
    training.vocabularySize = vocabularySize
    training.leastFrequency = leastFrequency
    training.specialTokens = specialTokens.map { Array($0.utf8) }
    training.continuingSubwordPrefix = options.continuingSubwordPrefix
    let trained = try training.train(on: untrained.words(of: texts))
    return try Tokenizer(
      model: .wordPiece(WordPiece(vocabulary: Vocabulary(trained.tokens), options: options)),
      normalizer: untrained.normalizer,
      preTokenizer: .bert, decoder: .wordPiece(prefix: options.continuingSubwordPrefix, cleansUp: true),
      addedTokens: added)
  }

  private static func added(_ tokens: [String], after count: Int) -> [AddedToken] {
    tokens.enumerated().map { AddedToken(id: Int32(count + $0.offset), content: $0.element) }
  }

  /// The words of texts and how often they occur, as training counts them.
  func words(of texts: some Sequence<String>) throws(TokenizerError) -> WordCounts {
    var counts = WordCounts()
    let isByteLevel = preTokenizer?.isByteLevel ?? false
    for text in texts {
      try Array(text.utf8).withUnsafeBufferPointer { bytes throws(TokenizerError) in
        try forEachWord(in: bytes) { word throws(TokenizerError) in
          guard isByteLevel else { return counts.add(word) }
          ByteAlphabet.token(of: word).withUnsafeBufferPointer { counts.add($0) }
        }
      }
    }
    return counts
  }
}
