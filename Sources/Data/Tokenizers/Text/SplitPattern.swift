/// A pattern of some tokenizer that cuts texts into words, as a scanner written for it.
///
/// There are few such patterns, and an engine for regular expressions takes ten times as long.
enum SplitPattern: Hashable, Sendable, CaseIterable {
  /// GPT-2's.
  case gpt2
  /// That of `cl100k_base` (GPT-4), as tiktoken has it.
  case cl100k
  /// The same as files of Llama 3 have it: it differs in white space at the end of a text.
  case llama3
  /// The same with each digit for itself, as files of Qwen 2 have it.
  case qwen2

  /// As files write it.
  var expression: String {
    switch self {
    case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .cl100k:
      #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#
    case .llama3:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .qwen2:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  /// Calls `body` with the words of a text, which leave nothing out.
  @inline(__always)
  func forEachWord(
    in text: TextBytes, _ body: (TextBytes) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try ScalarTraits.withTable { table throws(TokenizerError) in
      let scanner = SplitScanner(text: text, table: table)
      var position = 0
      while position < text.count {
        let end =
          self == .gpt2 ? scanner.endOfGPT2(from: position) : scanner.endOfCL100K(from: position, self)
        try body(TextBytes(rebasing: text[position..<end]))
        position = end
      }
    }
  }
}

/// Where words end.
private struct SplitScanner {
  let text: TextBytes
  let table: ScalarTraits.Table

  private static let wordTraits: ScalarTraits = [.letter, .number, .space]

  @inline(__always)
  private func traits(at position: Int) -> (traits: ScalarTraits, end: Int) {
    let (value, count) = UTF8Text.scalar(text, at: position)
    return (table[value].intersection(SplitScanner.wordTraits), position + count)
  }

  /// The end of characters that have just these of the traits.
  @inline(__always)
  private func endOfRun(of wanted: ScalarTraits, from position: Int) -> Int {
    var index = position
    while index < text.count {
      let (traits, end) = traits(at: index)
      if traits != wanted { break }
      index = end
    }
    return index
  }

  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  @inline(__always)
  func endOfGPT2(from start: Int) -> Int {
    let first = text[start]
    if first == UInt8(ascii: "'"), let end = endOfContraction(from: start, ignoringCase: false) { return end }
    var (traits, end) = traits(at: start)
    if first == 0x20, end < text.count {
      let next = self.traits(at: end)
      if next.traits != .space { (traits, end) = next }
    }
    return traits == .space ? endOfSpaces(from: start, end) : endOfRun(of: traits, from: end)
  }

  /// The end of white space: all of it at the end of the text, else all but the last, which belongs to what follows.
  @inline(__always)
  private func endOfSpaces(from start: Int, _ firstEnd: Int) -> Int {
    let end = endOfRun(of: .space, from: firstEnd)
    guard end < text.count else { return end }
    let last = UTF8Text.position(text, before: end)
    return last > start ? last : end
  }

  /// The end of 's, 't, 're, 've, 'm, 'll or 'd; nil if there is none.
  @inline(__always)
  private func endOfContraction(from start: Int, ignoringCase: Bool) -> Int? {
    guard start + 1 < text.count else { return nil }
    let folding: UInt8 = ignoringCase ? 0x20 : 0
    switch text[start + 1] | folding {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    // The long s, ſ, is an s in another case.
    case 0xC5 | folding where ignoringCase && text[start + 1] == 0xC5 && text[start + 2] == 0xBF:
      return start + 3
    case let letter:
      guard start + 2 < text.count else { return nil }
      switch (letter, text[start + 2] | folding) {
      case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
        (UInt8(ascii: "l"), UInt8(ascii: "l")):
        return start + 3
      default: return nil
      }
    }
  }

  // '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  @inline(__always)
  func endOfCL100K(from start: Int, _ pattern: SplitPattern) -> Int {
    let first = text[start]
    if first == UInt8(ascii: "'"), let end = endOfContraction(from: start, ignoringCase: true) { return end }
    let (traits, end) = traits(at: start)
    if traits == .letter { return endOfRun(of: .letter, from: end) }
    if traits == .number { return endOfDigits(from: end, atMost: pattern == .qwen2 ? 0 : 2) }
    let next = end < text.count ? self.traits(at: end) : nil
    // One character that is no line end goes with the letters after it.
    if let next, next.traits == .letter, first != 0x0A, first != 0x0D {
      return endOfRun(of: .letter, from: next.end)
    }
    if traits == [] { return endOfLineEnds(from: endOfRun(of: [], from: end)) }
    if first == 0x20, let next, next.traits == [] {
      return endOfLineEnds(from: endOfRun(of: [], from: next.end))
    }
    return endOfSpacesAndLines(from: start, end, pattern)
  }

  @inline(__always)
  private func endOfDigits(from position: Int, atMost most: Int) -> Int {
    var (index, left) = (position, most)
    while left > 0, index < text.count {
      let (traits, end) = traits(at: index)
      if traits != .number { break }
      (index, left) = (end, left - 1)
    }
    return index
  }

  private func endOfLineEnds(from position: Int) -> Int {
    var index = position
    while index < text.count, text[index] == 0x0A || text[index] == 0x0D { index += 1 }
    return index
  }

  /// The end of white space: after its last line end if it has one.
  private func endOfSpacesAndLines(from start: Int, _ firstEnd: Int, _ pattern: SplitPattern) -> Int {
    let end = endOfRun(of: .space, from: firstEnd)
    if pattern == .cl100k, end == text.count { return end }
    if let line = text[start..<end].lastIndex(where: { $0 == 0x0A || $0 == 0x0D }) { return line + 1 }
    return endOfSpaces(from: start, firstEnd)
  }
}
