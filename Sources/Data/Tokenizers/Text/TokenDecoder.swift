/// What makes a text of tokens.
///
/// The cases are those of `tokenizer.json`, with its names.
indirect enum TokenDecoder: Hashable, Sendable {
  /// Bytes of the byte-level alphabet; what they hold that is no UTF-8 becomes U+FFFD.
  case byteLevel(members: JSONValue)
  /// A space before each token but those that go on with a word.
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case metaspace(PreTokenizer.Metaspace)
  /// A space for what ends words.
  case bpe(suffix: [UInt8])
  /// Bytes for tokens like `<0xE2>`.
  case byteFallback
  case fuse
  case strip(content: [UInt8], start: Int, stop: Int)
  case replace([UInt8], with: [UInt8])
  case sequence([TokenDecoder])

  func text(of tokens: [[UInt8]]) -> String {
    String(decoding: Array(apply(to: tokens).joined()), as: UTF8.self)
  }

  private func apply(to tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .byteLevel:
      let bytes = tokens.flatMap { ByteAlphabet.bytes(of: $0) ?? $0 }
      return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { index, token in
        var token = token
        if index > 0 {
          token = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
        }
        return cleansUp ? TokenDecoder.cleanedUp(token) : token
      }
    case .metaspace(let metaspace):
      return tokens.enumerated().map { index, token in
        token.withUnsafeBufferPointer { text in
          text.parts(at: metaspace.replacement).flatMap { range, isMatch -> [UInt8] in
            guard isMatch else { return Array(text[range]) }
            return index == 0 && metaspace.prepending != .never ? [] : [0x20]
          }
        }
      }
    case .bpe(let suffix):
      return tokens.enumerated().map { index, token in
        let space: [UInt8] = index == tokens.count - 1 ? [] : [0x20]
        return suffix.isEmpty ? token : token.withUnsafeBufferPointer { $0.replacing(suffix, with: space) }
      }
    case .byteFallback: return TokenDecoder.withBytes(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let content, let start, let stop):
      return tokens.map { TokenDecoder.stripped($0, of: content, start: start, stop: stop) }
    case .replace(let pattern, let content):
      return tokens.map { $0.withUnsafeBufferPointer { $0.replacing(pattern, with: content) } }
    case .sequence(let parts): return parts.reduce(tokens) { $1.apply(to: $0) }
    }
  }

  /// English as it is written: no space before marks and contractions.
  private static func cleanedUp(_ token: [UInt8]) -> [UInt8] {
    let rules = [
      (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
      (" do not", " don't"),
      (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return rules.reduce(token) { token, rule in
      token.withUnsafeBufferPointer { $0.replacing(Array(rule.0.utf8), with: Array(rule.1.utf8)) }
    }
  }

  /// Bytes that follow one another become the text that they are, or U+FFFD for each if they are none.
  private static func withBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var (result, bytes): ([[UInt8]], [UInt8]) = ([], [])
    func end() {
      guard !bytes.isEmpty else { return }
      result.append(
        UTF8Text.firstInvalid(bytes) == nil
          ? bytes : Array(repeatElement([0xEF, 0xBF, 0xBD], count: bytes.count).joined()))
      bytes = []
    }
    for token in tokens {
      if let byte = ByteFallback.byte(of: token) {
        bytes.append(byte)
      } else {
        end()
        result.append(token)
      }
    }
    end()
    return result
  }

  private static func stripped(_ token: [UInt8], of content: [UInt8], start: Int, stop: Int) -> [UInt8] {
    guard !content.isEmpty else { return token }
    var rest = token[...]
    // As often as it is there, however often a file says.
    var (left, right) = (start, stop)
    while left > 0, rest.starts(with: content) {
      rest.removeFirst(content.count)
      left -= 1
    }
    while right > 0, rest.count >= content.count, rest.suffix(content.count).elementsEqual(content) {
      rest.removeLast(content.count)
      right -= 1
    }
    return Array(rest)
  }
}
