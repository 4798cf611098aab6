/// How words become tokens.
enum TokenModel: Sendable {
  case bpe(BPE)
  case wordPiece(WordPiece)
  case unigram(Unigram)

  var vocabulary: Vocabulary {
    switch self {
    case .bpe(let model): model.vocabulary
    case .wordPiece(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    }
  }
}
