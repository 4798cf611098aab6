/// Unigram: of all ways to make a text of tokens the likeliest, where a token's probability depends on no other.
///
///     argmax over t₁…tₙ = text of Σ log p(tᵢ)
///
/// A character that is no token counts as one of ten less than the least score.
///
/// - SeeAlso: Kudo 2018; the tokenizer of SentencePiece.
struct Unigram: Sendable {
  let vocabulary: Vocabulary
  /// The logarithm of each token's probability.
  let scores: [Double]
  let unknown: Int32?
  let fallsBackToBytes: Bool
  private let trie: ByteTrie
  private let unknownScore: Double
  private let fallbackTokens: [Int32]

  /// - Throws: `TokenizerError` for a score that is no number, and an unknown token that is none.
  init(
    vocabulary: Vocabulary, scores: [Double], unknown: Int32?, fallsBackToBytes: Bool
  ) throws(TokenizerError) {
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw TokenizerError(
        .unusable,
        "the score of the token '\(vocabulary.text(Int32(index)))' is \(scores[index]): it has to be finite")
    }
    if let unknown, !(0..<Int32(vocabulary.count)).contains(unknown) {
      throw TokenizerError(
        .unusable, "the unknown token is number \(unknown), but there are \(vocabulary.count) tokens, from 0")
    }
    (self.vocabulary, self.scores, self.unknown) = (vocabulary, scores, unknown)
    self.fallsBackToBytes = fallsBackToBytes
    trie = ByteTrie(vocabulary.tokens.map { (number: $0.id, bytes: $0.bytes) })
    unknownScore = (scores.min() ?? 0) - 10
    fallbackTokens = ByteFallback.tokens(of: vocabulary)
  }

  /// The best way to a position of the text.
  private struct Best {
    var score = 0.0
    /// Where its last token begins; -1 while there is no way.
    var start: Int32 = -1
    var token: Int32 = -1
  }

  /// Appends the tokens of a text.
  func encode(_ text: TextBytes, into result: inout [Int32]) throws(TokenizerError) {
    guard !text.isEmpty else { return }
    var best = [Best](repeating: Best(), count: text.count + 1)
    var position = 0
    while position < text.count {
      let (soFar, next) = (best[position].score, position + UTF8Text.count(from: text[position]))
      var (node, end, hasCharacter) = (ByteTrie.root, position, false)
      while end < text.count, let child = trie.child(of: node, text[end]) {
        (node, end) = (child, end + 1)
        guard let token = trie.number(at: node) else { continue }
        let score = soFar + scores[Int(token)]
        if best[end].start < 0 || score > best[end].score {
          best[end] = Best(score: score, start: Int32(position), token: token)
        }
        if end == next { hasCharacter = true }
      }
      if !hasCharacter {
        let score = soFar + unknownScore
        if best[next].start < 0 || score > best[next].score {
          best[next] = Best(score: score, start: Int32(position), token: unknown ?? -1)
        }
      }
      position = next
    }
    try appendWay(best, text, to: &result)
  }

  private func appendWay(_ best: [Best], _ text: TextBytes, to result: inout [Int32]) throws(TokenizerError) {
    // From the end to the beginning; unknown characters that follow one another are one piece.
    var pieces: [(range: Range<Int>, token: Int32)] = []
    var end = text.count
    while end > 0 {
      let (start, token) = (Int(best[end].start), best[end].token)
      if token == unknown ?? -1, let last = pieces.last, last.token == token {
        pieces[pieces.count - 1].range = start..<last.range.upperBound
      } else {
        pieces.append((start..<end, token))
      }
      end = start
    }
    for (range, token) in pieces.reversed() {
      guard token == unknown ?? -1 else {
        result.append(token)
        continue
      }
      let piece = TextBytes(rebasing: text[range])
      if let whole = vocabulary.id(of: piece) {
        result.append(whole)
      } else if fallsBackToBytes, piece.allSatisfy({ fallbackTokens[Int($0)] >= 0 }) {
        for byte in piece { result.append(fallbackTokens[Int(byte)]) }
      } else if let unknown {
        result.append(unknown)
      } else {
        throw TokenizerError.unknown(TextBytes(rebasing: piece[..<UTF8Text.count(from: piece[0])]))
      }
    }
  }
}
