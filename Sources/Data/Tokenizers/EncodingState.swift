/// What encoding keeps from word to word, for one thread at a time.
///
/// Its classes' memory is used by whoever took it from the tokenizer's idle ones, which a lock hands out.
final class EncodingState: @unchecked Sendable {
  private let cache = WordCache()
  private var scratch = BPEScratch()

  /// Appends the tokens of a text that has been normalized.
  func append(
    _ text: TextBytes, isFirst: Bool, _ preTokenizer: PreTokenizer?, _ model: TokenModel,
    to ids: inout [Int32]
  ) throws(TokenizerError) {
    let isByteLevel = preTokenizer?.isByteLevel ?? false
    guard let preTokenizer else { return try append(word: text, isByteLevel, model, to: &ids) }
    try preTokenizer.forEachWord(in: text, isFirst: isFirst) { word throws(TokenizerError) in
      let hash = ByteHash.hash(word)
      if cache.append(word, hash: hash, to: &ids) { return }
      let before = ids.count
      try append(word: word, isByteLevel, model, to: &ids)
      cache.keep(word, hash: hash, ids[before...])
    }
  }

  private func append(
    word: TextBytes, _ isByteLevel: Bool, _ model: TokenModel, to ids: inout [Int32]
  ) throws(TokenizerError) {
    switch model {
    case .bpe(let model): try model.encode(word, isByteLevel: isByteLevel, scratch: &scratch, into: &ids)
    // Other models know words by characters, those of the byte-level alphabet.
    case .wordPiece(let model) where isByteLevel:
      ByteAlphabet.token(of: word).withUnsafeBufferPointer { model.encode($0, into: &ids) }
    case .wordPiece(let model): model.encode(word, into: &ids)
    case .unigram(let model) where isByteLevel:
      try ByteAlphabet.token(of: word).withUnsafeBufferPointer { word throws(TokenizerError) in
        try model.encode(word, into: &ids)
      }
    case .unigram(let model): try model.encode(word, into: &ids)
    }
  }
}
