/// A token that is found in the text before anything else, such as `<|endoftext|>`.
public struct AddedToken: Hashable, Sendable {
  public let id: Int32
  public let content: String

  /// Whether it is no text, but tells something about text: decoding leaves it out.
  public var isSpecial: Bool

  /// Whether it is found only where letters neither precede nor follow.
  var isWholeWord = false

  /// Whether it takes along the white space before it.
  var stripsLeft = false

  /// Whether it takes along the white space after it.
  var stripsRight = false

  /// Whether it is looked for in the normalized text.
  var isNormalized: Bool

  public init(id: Int32, content: String, isSpecial: Bool = true) {
    (self.id, self.content, self.isSpecial, isNormalized) = (id, content, isSpecial, !isSpecial)
  }
}

/// Finds added tokens in a text: the first, and of those that begin at one place the longest.
struct AddedTokenSearch: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie
  /// The bytes with which tokens begin.
  private let beginnings: [Bool]

  /// - Parameter contents: what is looked for, normalized if that is wanted.
  init(_ tokens: [(token: AddedToken, content: [UInt8])]) {
    let tokens = tokens.filter { !$0.content.isEmpty }
    self.tokens = tokens.map(\.token)
    trie = ByteTrie(tokens.enumerated().map { (number: Int32($0.offset), bytes: $0.element.content) })
    var beginnings = [Bool](repeating: false, count: 256)
    for (_, content) in tokens { beginnings[Int(content[0])] = true }
    self.beginnings = beginnings
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// Calls `body` with the parts of a text, in order: text, or a token.
  func forEachPart(
    in text: TextBytes, _ body: (_ part: Range<Int>, _ token: AddedToken?) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var (start, position) = (0, 0)
    while !isEmpty, position < text.count {
      guard beginnings[Int(text[position])], let match = trie.longest(text, from: position) else {
        position += 1
        continue
      }
      let token = tokens[Int(match.number)]
      var range = position..<match.end
      position = match.end
      if token.isWholeWord, touchesWord(range, in: text) { continue }
      if token.stripsLeft {
        range = startOfSpaces(in: text, before: range.lowerBound, from: start)..<range.upperBound
      }
      if token.stripsRight { range = range.lowerBound..<endOfSpaces(in: text, after: range.upperBound) }
      if start < range.lowerBound { try body(start..<range.lowerBound, nil) }
      try body(range, token)
      start = range.upperBound
      position = max(position, start)
    }
    if start < text.count { try body(start..<text.count, nil) }
  }

  private func touchesWord(_ range: Range<Int>, in text: TextBytes) -> Bool {
    ScalarTraits.withTable { table in
      func isWord(at position: Int) -> Bool {
        table[UTF8Text.scalar(text, at: position).value].contains(.word)
      }
      return range.lowerBound > 0 && isWord(at: UTF8Text.position(text, before: range.lowerBound))
        || range.upperBound < text.count && isWord(at: range.upperBound)
    }
  }

  private func startOfSpaces(in text: TextBytes, before end: Int, from start: Int) -> Int {
    ScalarTraits.withTable { table in
      var index = end
      while index > start {
        let before = UTF8Text.position(text, before: index)
        guard table[UTF8Text.scalar(text, at: before).value].contains(.space) else { break }
        index = before
      }
      return index
    }
  }

  private func endOfSpaces(in text: TextBytes, after start: Int) -> Int {
    ScalarTraits.withTable { table in
      var index = start
      while index < text.count {
        let (scalar, count) = UTF8Text.scalar(text, at: index)
        guard table[scalar].contains(.space) else { break }
        index += count
      }
      return index
    }
  }
}
