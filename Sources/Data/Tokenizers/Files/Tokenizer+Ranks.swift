extension Tokenizer {
  /// How texts are cut into words before ranks apply, which files of ranks do not say.
  public enum WordPattern: String, Hashable, Sendable, CaseIterable {
    /// That of `gpt2`, `r50k_base` and `p50k_base`.
    case gpt2
    /// That of `cl100k_base`.
    case cl100k

    fileprivate var preTokenizer: PreTokenizer {
      switch self {
      case .gpt2: .byteLevel(addsPrefixSpace: false, trimsOffsets: true, usesPattern: true)
      case .cl100k:
        .sequence([
          .split(by: .pattern(.cl100k), .isolated, isInverted: false),
          .byteLevel(addsPrefixSpace: false, trimsOffsets: true, usesPattern: false),
        ])
      }
    }
  }

  /// Reads a file of ranks, as tiktoken has them: a line for each token, its bytes in base64 and its number.
  ///
  /// - Parameters:
  ///   - specialTokens: by their texts, such as `["<|endoftext|>": 50256]`; files of ranks have none.
  /// - Throws: `TokenizerError` for a file that is missing, a line that is none, and numbers that leave holes or are there twice.
  /// - SeeAlso: <https://github.com/openai/tiktoken>
  public convenience init(
    ranksOf path: String, pattern: WordPattern, specialTokens: [String: Int32] = [:]
  ) throws(TokenizerError) {
    let bytes = try Tokenizer.read(path)
    do throws(TokenizerError) {
      try self.init(ranks: bytes, pattern: pattern, specialTokens: specialTokens)
    } catch { throw error.of(path) }
  }

  /// Reads the content of a file of ranks.
  public convenience init(
    ranks file: [UInt8], pattern: WordPattern, specialTokens: [String: Int32] = [:]
  ) throws(TokenizerError) {
    var ranked: [(rank: Int32, bytes: [UInt8])] = []
    for (number, line) in file.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty { continue }
      let parts = line.split(separator: 0x20)
      guard parts.count == 2, let bytes = Base64.decode(parts[0]), !bytes.isEmpty,
        let rank = Int32(String(decoding: parts[1], as: UTF8.self)), rank >= 0
      else {
        throw TokenizerError(
          .unusable,
          "line \(number + 1) is '\(String(decoding: line.prefix(40), as: UTF8.self))', where a token's bytes in base64 and its rank are expected"
        )
      }
      ranked.append((rank, bytes))
    }
    ranked.sort { $0.rank < $1.rank }
    for (index, token) in ranked.enumerated() where token.rank != index {
      let what =
        index > 0 && ranked[index - 1].rank == token.rank
        ? "two tokens have the rank \(token.rank)" : "no token has the rank \(index)"
      throw TokenizerError(.unusable, "\(what), where \(ranked.count) tokens have one each, from 0")
    }
    guard !ranked.isEmpty else { throw TokenizerError(.unusable, "the file has no ranks") }
    let vocabulary = try Vocabulary(ranked.map { ByteAlphabet.token(of: $0.bytes) })
    var options = BPE.Options()
    options.ignoresMerges = true
    try self.init(
      model: .bpe(try BPE(vocabulary: vocabulary, ranked: ranked.map(\.bytes), options: options)),
      preTokenizer: pattern.preTokenizer, decoder: .byteLevel,
      addedTokens: specialTokens.map { AddedToken(id: $0.value, content: $0.key) })
  }

  /// The content of a file of ranks, as tiktoken reads it.
  ///
  /// - Throws: `TokenizerError` unless this is a byte pair encoding of bytes whose tokens are numbered as they are merged.
  public func ranks() throws(TokenizerError) -> [UInt8] {
    guard case .bpe(let model) = model, preTokenizer?.isByteLevel == true, normalizer == nil else {
      throw TokenizerError(
        .unusable, "only byte pair encodings of bytes, without a normalizer, can be written as ranks")
    }
    let special = Set(addedTokens.map(\.id))
    var lines: [UInt8] = []
    var next: Int32 = 0
    for (id, token) in model.vocabulary.tokens where !special.contains(id) {
      guard let bytes = ByteAlphabet.bytes(of: token), !bytes.isEmpty, id == next else {
        throw TokenizerError(
          .unusable,
          "the token \(id), '\(String(decoding: token, as: UTF8.self))', has no rank: special tokens have to be the last ones"
        )
      }
      lines += Base64.encode(bytes) + " \(id)\n".utf8
      next += 1
    }
    var last: Int32 = -1
    for merge in model.merges {
      let id =
        model.vocabulary.id(of: Array(model.vocabulary[merge.left] + model.vocabulary[merge.right])) ?? -1
      guard id >= last else {
        throw TokenizerError(
          .unusable,
          "the token '\(model.vocabulary.text(id))' is merged after '\(model.vocabulary.text(last))', but has a smaller id"
        )
      }
      last = id
    }
    return lines
  }

  /// Writes a file of ranks, as tiktoken reads it.
  public func writeRanks(to path: String) throws(TokenizerError) {
    try Tokenizer.write(try ranks(), to: path)
  }
}

extension BPE {
  /// A byte pair encoding by ranks: any two tokens are merged whose bytes together are a token, the least first.
  fileprivate init(vocabulary: Vocabulary, ranked: [[UInt8]], options: Options) throws(TokenizerError) {
    var merges: [(left: Int32, right: Int32, result: Int32)] = []
    for (rank, bytes) in ranked.enumerated() where bytes.count > 1 {
      for border in 1..<bytes.count {
        let parts = (ByteAlphabet.token(of: bytes[..<border]), ByteAlphabet.token(of: bytes[border...]))
        if let left = vocabulary.id(of: parts.0), let right = vocabulary.id(of: parts.1) {
          merges.append((left, right, Int32(rank)))
        }
      }
    }
    var pairs = PairTable(capacity: merges.count)
    for merge in merges {
      pairs.insert(merge.left, merge.right, PairTable.Entry(rank: merge.result, result: merge.result))
    }
    try self.init(
      vocabulary: vocabulary, merges: merges.map { ($0.left, $0.right) }, pairs: pairs, options: options)
  }
}
