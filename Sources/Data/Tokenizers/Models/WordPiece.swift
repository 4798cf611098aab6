/// WordPiece: the longest token that a word begins with, then the longest that goes on, until the word is done.
///
/// A word that cannot be made of tokens is one unknown token as a whole.
///
/// - SeeAlso: Wu et al. 2016; Devlin et al. 2019, the tokenizer of BERT.
struct WordPiece: Sendable {
  struct Options: Hashable, Sendable {
    var unknownToken = Array("[UNK]".utf8)
    /// What tokens within a word begin with.
    var continuingSubwordPrefix = Array("##".utf8)
    /// Words of more characters are unknown.
    var longestWord = 100
  }

  let vocabulary: Vocabulary
  let options: Options
  private let trie: ByteTrie
  /// Where the trie holds the tokens within words; nil if there are none.
  private let within: Int32?
  private let unknown: Int32

  /// - Throws: `TokenizerError` if the unknown token is not in the vocabulary.
  init(vocabulary: Vocabulary, options: Options = Options()) throws(TokenizerError) {
    guard let unknown = vocabulary.id(of: options.unknownToken) else {
      throw TokenizerError(
        .unusable,
        "the unknown token '\(String(decoding: options.unknownToken, as: UTF8.self))' is not in the vocabulary: "
          + "add it, or name another")
    }
    (self.vocabulary, self.options, self.unknown) = (vocabulary, options, unknown)
    trie = ByteTrie(vocabulary.tokens.map { (number: $0.id, bytes: $0.bytes) })
    within = trie.node(of: options.continuingSubwordPrefix)
  }

  /// Appends the tokens of a word.
  func encode(_ word: TextBytes, into result: inout [Int32]) {
    let before = result.count
    var (position, characters) = (0, 0)
    for byte in word where byte & 0xC0 != 0x80 { characters += 1 }
    while characters <= options.longestWord, position < word.count {
      let node = position == 0 ? ByteTrie.root : within
      guard let node, let next = trie.longest(word, from: position, node: node), next.end > position else {
        break
      }
      result.append(next.number)
      position = next.end
    }
    guard position < word.count else { return }
    result.removeLast(result.count - before)
    result.append(unknown)
  }
}
