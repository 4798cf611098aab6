public import Tokenizers

extension Tokenizer {
  /// The characters, as Unicode's scalars, of the text of some tokens, divided by their number: what turns a loss by tokens into one
  /// by characters.
  ///
  /// Special tokens have no characters, but count as tokens. NaN for no tokens.
  ///
  /// - Throws: `TokenizerError` (`.badInput`) for an id that has no token.
  public func charactersPerToken(of tokens: TokenSequence) throws(TokenizerError) -> Double {
    // So many at a time that a character which the borders cut does not matter.
    let piece = 1 << 20
    var characters = 0
    for first in stride(from: 0, to: tokens.count, by: piece) {
      let some = tokens.part(first..<min(first + piece, tokens.count))
      characters += try decode(some.array).unicodeScalars.count
    }
    return Double(characters) / Double(tokens.count)
  }
}
