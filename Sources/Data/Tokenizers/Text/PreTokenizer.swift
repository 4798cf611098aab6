/// What cuts a text into words, which are made of tokens one by one.
///
/// The cases are those of `tokenizer.json`, with its names.
indirect enum PreTokenizer: Hashable, Sendable {
  /// Words in bytes; it comes last.
  case byteLevel(addsPrefixSpace: Bool, trimsOffsets: Bool, usesPattern: Bool)
  /// BERT's: at white space, which is left out, and around each mark of punctuation.
  case bert
  /// `\w+|[^\w\s]+`
  case whitespace
  /// At white space, which is left out.
  case whitespaceSplit
  case metaspace(Metaspace)
  case split(by: Delimiter, SplitBehavior, isInverted: Bool)
  case digits(individually: Bool)
  case punctuation(SplitBehavior)
  case sequence([PreTokenizer])

  enum Delimiter: Hashable, Sendable {
    case text([UInt8])
    case pattern(SplitPattern)
  }

  /// Spaces become a visible character, ▁, with which words begin.
  struct Metaspace: Hashable, Sendable {
    enum Prepending: String, Hashable, Sendable {
      case always, never, first
    }

    var replacement: [UInt8] = Array("▁".utf8)
    /// Whether a text that begins with no space gets one: each part between special tokens, or the first.
    var prepending = Prepending.always
    /// Whether words are told apart at all.
    var splits = true
  }

  /// Whether words are made of bytes in the end.
  var isByteLevel: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let parts): parts.last?.isByteLevel ?? false
    default: false
    }
  }

  /// Calls `body` with the words of a text.
  ///
  /// - Parameters:
  ///   - isFirst: whether it is the beginning of what is encoded.
  ///   - body: gets a word, whose memory is its own no longer than that.
  func forEachWord(
    in text: TextBytes, isFirst: Bool, _ body: (TextBytes) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try forEachPiece(in: text, isFirst: isFirst) { piece, _ throws(TokenizerError) in try body(piece) }
  }

  private typealias Body = (_ piece: TextBytes, _ isFirst: Bool) throws(TokenizerError) -> Void

  private func forEachPiece(in text: TextBytes, isFirst: Bool, _ body: Body) throws(TokenizerError) {
    guard !text.isEmpty else { return }
    switch self {
    case .byteLevel(let addsPrefixSpace, _, let usesPattern):
      guard addsPrefixSpace, text[0] != 0x20 else {
        return try PreTokenizer.forEachByteLevelPiece(in: text, isFirst, usesPattern, body)
      }
      try ([0x20] + text).withUnsafeBufferPointer { text throws(TokenizerError) in
        try PreTokenizer.forEachByteLevelPiece(in: text, isFirst, usesPattern, body)
      }
    case .bert:
      try forEachRun(in: text, isFirst, body) { traits, scalar in
        traits.contains(.space) ? nil : traits.isBERTPunctuation(scalar) ? .alone : .same(0)
      }
    case .whitespace:
      try forEachRun(in: text, isFirst, body) { traits, _ in
        traits.contains(.space) ? nil : .same(traits.contains(.word) ? 0 : 1)
      }
    case .whitespaceSplit:
      try forEachRun(in: text, isFirst, body) { traits, _ in traits.contains(.space) ? nil : .same(0) }
    case .metaspace(let metaspace): try metaspace.forEachPiece(in: text, isFirst: isFirst, body)
    case .split(.pattern(let pattern), .isolated, false), .split(.pattern(let pattern), .removed, true):
      let start = text.baseAddress
      try pattern.forEachWord(in: text) { word throws(TokenizerError) in
        try body(word, isFirst && word.baseAddress == start)
      }
    case .split(let delimiter, let behavior, let isInverted):
      let parts = delimiter.parts(of: text).map { ($0.range, $0.isMatch != isInverted) }
      try PreTokenizer.call(body, behavior.pieces(of: parts), of: text, isFirst)
    case .digits(let individually):
      try call(body, individually ? .isolated : .contiguous, of: text, isFirst) { traits, _ in
        traits.contains(.number)
      }
    case .punctuation(let behavior):
      try call(body, behavior, of: text, isFirst) { traits, scalar in traits.isBERTPunctuation(scalar) }
    case .sequence(let parts): try PreTokenizer.forEachPiece(in: text, isFirst: isFirst, by: parts[...], body)
    }
  }

  private static func forEachPiece(
    in text: TextBytes, isFirst: Bool, by parts: ArraySlice<PreTokenizer>, _ body: Body
  ) throws(TokenizerError) {
    guard let first = parts.first else { return try body(text, isFirst) }
    let rest = parts.dropFirst()
    guard !rest.isEmpty else { return try first.forEachPiece(in: text, isFirst: isFirst, body) }
    try first.forEachPiece(in: text, isFirst: isFirst) { piece, isFirst throws(TokenizerError) in
      try forEachPiece(in: piece, isFirst: isFirst, by: rest, body)
    }
  }

  @inline(__always)
  private static func forEachByteLevelPiece(
    in text: TextBytes, _ isFirst: Bool, _ usesPattern: Bool, _ body: Body
  ) throws(TokenizerError) {
    guard usesPattern else { return try body(text, isFirst) }
    try SplitPattern.gpt2.forEachWord(in: text) { word throws(TokenizerError) in try body(word, false) }
  }

  /// What a character does to the piece before it.
  private enum Membership: Equatable {
    /// It goes on with a piece of the same number, and begins another one otherwise.
    case same(Int)
    /// It is a piece.
    case alone
  }

  /// Cuts a text into runs of characters; nil leaves a character out.
  private func forEachRun(
    in text: TextBytes, _ isFirst: Bool, _ body: Body, _ membership: (ScalarTraits, UInt32) -> Membership?
  ) throws(TokenizerError) {
    try ScalarTraits.withTable { table throws(TokenizerError) in
      var (start, position): (Int, Int) = (0, 0)
      var current: Membership?
      while position < text.count {
        let (scalar, count) = UTF8Text.scalar(text, at: position)
        let next = membership(table[scalar], scalar)
        if next != current || next == .alone {
          if current != nil { try body(TextBytes(rebasing: text[start..<position]), isFirst && start == 0) }
          (start, current) = (position, next)
        }
        position += count
      }
      if current != nil { try body(TextBytes(rebasing: text[start...]), isFirst && start == 0) }
    }
  }

  private func call(
    _ body: Body, _ behavior: SplitBehavior, of text: TextBytes, _ isFirst: Bool,
    _ isMatch: (ScalarTraits, UInt32) -> Bool
  ) throws(TokenizerError) {
    let parts = ScalarTraits.withTable { table in
      var (parts, start, position): ([(range: Range<Int>, isMatch: Bool)], Int, Int) = ([], 0, 0)
      while position < text.count {
        let (scalar, count) = UTF8Text.scalar(text, at: position)
        if isMatch(table[scalar], scalar) {
          if start < position { parts.append((start..<position, false)) }
          parts.append((position..<position + count, true))
          start = position + count
        }
        position += count
      }
      if start < position { parts.append((start..<position, false)) }
      return parts
    }
    try PreTokenizer.call(body, behavior.pieces(of: parts), of: text, isFirst)
  }

  private static func call(
    _ body: Body, _ pieces: [Range<Int>], of text: TextBytes, _ isFirst: Bool
  ) throws(TokenizerError) {
    for piece in pieces { try body(TextBytes(rebasing: text[piece]), isFirst && piece.lowerBound == 0) }
  }
}

extension PreTokenizer.Delimiter {
  /// The text in parts: matches, and what lies between them.
  fileprivate func parts(of text: TextBytes) -> [(range: Range<Int>, isMatch: Bool)] {
    switch self {
    case .text(let delimiter): return text.parts(at: delimiter)
    case .pattern(let pattern):
      var (parts, end): ([(range: Range<Int>, isMatch: Bool)], Int) = ([], 0)
      // These patterns leave nothing out, and no body that throws.
      try? pattern.forEachWord(in: text) { word throws(TokenizerError) in
        parts.append((end..<end + word.count, true))
        end += word.count
      }
      return parts
    }
  }
}

extension TextBytes {
  /// The text in parts: occurrences of a delimiter, and what lies between them.
  func parts(at delimiter: [UInt8]) -> [(range: Range<Int>, isMatch: Bool)] {
    guard let first = delimiter.first else { return isEmpty ? [] : [(0..<count, false)] }
    var (parts, start, position): ([(range: Range<Int>, isMatch: Bool)], Int, Int) = ([], 0, 0)
    while position + delimiter.count <= count {
      guard self[position] == first, self[position..<position + delimiter.count].elementsEqual(delimiter)
      else {
        position += 1
        continue
      }
      if start < position { parts.append((start..<position, false)) }
      parts.append((position..<position + delimiter.count, true))
      position += delimiter.count
      start = position
    }
    if start < count { parts.append((start..<count, false)) }
    return parts
  }

  /// The text with every occurrence of a pattern replaced.
  func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for (range, isMatch) in parts(at: pattern) {
      if isMatch { result += content } else { result += self[range] }
    }
    return result
  }
}

extension PreTokenizer.Metaspace {
  fileprivate func forEachPiece(
    in text: TextBytes, isFirst: Bool, _ body: (TextBytes, Bool) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var marked = text.replacing([0x20], with: replacement)
    if prepending == .always || prepending == .first && isFirst, !marked.starts(with: replacement) {
      marked = replacement + marked
    }
    try marked.withUnsafeBufferPointer { marked throws(TokenizerError) in
      guard splits else { return try body(marked, isFirst) }
      for piece in SplitBehavior.mergedWithNext.pieces(of: marked.parts(at: replacement)) {
        try body(TextBytes(rebasing: marked[piece]), isFirst && piece.lowerBound == 0)
      }
    }
  }
}
