/// Trains a byte pair encoding: the pair of neighbours that is most frequent becomes a token, until there are enough.
///
/// Of pairs as frequent as each other the one of the smallest ids is taken, so that the same texts give the same tokens; they are
/// those of Hugging Face's package too.
///
/// - SeeAlso: Sennrich, Haddow & Birch 2016, algorithm 1.
struct BPETraining {
  /// How many tokens there shall be, at most.
  var vocabularySize = 30_000
  /// Rarer pairs are not merged.
  var leastFrequency = 0
  var specialTokens: [[UInt8]] = []
  /// Characters that get a token, whether they occur or not.
  var initialAlphabet: [UInt32] = []
  /// How many characters get a token, the most frequent ones; nil for all.
  var alphabetLimit: Int?
  var continuingSubwordPrefix: [UInt8] = []
  var endOfWordSuffix: [UInt8] = []

  typealias Result = (tokens: [[UInt8]], merges: [(left: [UInt8], right: [UInt8])])

  /// Trains on words and how often they occur.
  ///
  /// - Throws: `TokenizerError` if special tokens and characters alone are more than the tokens that are wanted.
  func train(on words: WordCounts) throws(TokenizerError) -> Result {
    var learner = BPELearner(prefix: continuingSubwordPrefix)
    for token in specialTokens { _ = learner.id(of: token) }
    let alphabet = alphabet(of: words)
    for character in alphabet.sorted() { _ = learner.id(of: UTF8Text.bytes([character])) }
    guard learner.tokens.count <= vocabularySize else {
      throw TokenizerError(
        .badInput,
        "\(specialTokens.count) special tokens and \(alphabet.count) characters are more than the \(vocabularySize) tokens that were "
          + "asked for: ask for more, or for fewer characters")
    }
    learner.add(words, alphabet: alphabet, suffix: endOfWordSuffix)
    learner.learn(upTo: vocabularySize, leastFrequency: leastFrequency)
    return (
      learner.tokens, learner.merges.map { (learner.tokens[Int($0.left)], learner.tokens[Int($0.right)]) }
    )
  }

  private func alphabet(of words: WordCounts) -> Set<UInt32> {
    var counts: [UInt32: Int] = [:]
    for (word, count) in words.all {
      word.withUnsafeBufferPointer {
        for scalar in UTF8Text.scalars($0) { counts[scalar, default: 0] += count }
      }
    }
    for character in initialAlphabet { counts[character] = .max }
    guard let limit = alphabetLimit, limit < counts.count else { return Set(counts.keys) }
    // The most frequent; of equal ones those of the largest numbers.
    let kept = counts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(limit)
    return Set(kept.map(\.key))
  }
}

/// Words and how often they occur.
struct WordCounts {
  private var counts: [[UInt8]: Int] = [:]

  mutating func add(_ word: TextBytes) { counts[Array(word), default: 0] += 1 }

  /// In an order that does not change from run to run.
  var all: [(word: [UInt8], count: Int)] {
    counts.map { ($0.key, $0.value) }.sorted { $0.word.lexicographicallyPrecedes($1.word) }
  }
}

/// Words while their pairs are merged.
private struct BPELearner {
  private(set) var tokens: [[UInt8]] = []
  private(set) var merges: [(left: Int32, right: Int32)] = []
  private var ids: [[UInt8]: Int32] = [:]
  private let prefix: [UInt8]

  private var words: [[Int32]] = []
  private var wordCounts: [Int] = []
  /// How often each pair occurs.
  private var pairCounts: [UInt64: Int] = [:]
  private var queue = PriorityQueue<PairCandidate>()

  init(prefix: [UInt8]) { self.prefix = prefix }

  mutating func id(of token: [UInt8]) -> Int32 {
    if let id = ids[token] { return id }
    let id = Int32(tokens.count)
    tokens.append(token)
    ids[token] = id
    return id
  }

  /// Takes words apart into characters; those that have no token are left out.
  mutating func add(_ counts: WordCounts, alphabet: Set<UInt32>, suffix: [UInt8]) {
    for (word, count) in counts.all {
      let scalars = word.withUnsafeBufferPointer { UTF8Text.scalars($0) }
      var symbols: [Int32] = []
      for (index, scalar) in scalars.enumerated() where alphabet.contains(scalar) {
        let character = UTF8Text.bytes([scalar])
        symbols.append(
          id(of: (index > 0 ? prefix : []) + character + (index == scalars.count - 1 ? suffix : [])))
      }
      words.append(symbols)
      wordCounts.append(count)
    }
  }

  mutating func learn(upTo size: Int, leastFrequency: Int) {
    var places: [UInt64: [Int32]] = [:]
    for (index, symbols) in words.enumerated() {
      for (left, right) in zip(symbols, symbols.dropFirst()) {
        let pair = PairTable.pair(left, right)
        pairCounts[pair, default: 0] += wordCounts[index]
        if places[pair]?.last != Int32(index) { places[pair, default: []].append(Int32(index)) }
      }
    }
    for (pair, places) in places { push(pair, places) }
    while tokens.count < size, var best = queue.pop() {
      let count = pairCounts[best.pair] ?? 0
      // Its count has sunk since it was put there.
      if count != best.count {
        best.count = count
        queue.push(best)
        continue
      }
      guard count >= 1, count >= leastFrequency else { return }
      merge(best)
    }
  }

  private mutating func push(_ pair: UInt64, _ places: [Int32]) {
    guard let count = pairCounts[pair], count > 0 else { return }
    queue.push(PairCandidate(pair: pair, count: count, places: places))
  }

  private mutating func merge(_ best: PairCandidate) {
    let (left, right) = (Int32(truncatingIfNeeded: best.pair >> 32), Int32(truncatingIfNeeded: best.pair))
    let result = id(of: tokens[Int(left)] + tokens[Int(right)].dropFirst(prefix.count))
    merges.append((left, right))
    var places: [UInt64: [Int32]] = [:]
    for place in best.places {
      let count = wordCounts[Int(place)]
      func change(_ left: Int32, _ right: Int32, by sign: Int) {
        let pair = PairTable.pair(left, right)
        pairCounts[pair, default: 0] += sign * count
        if sign > 0, places[pair]?.last != place { places[pair, default: []].append(place) }
      }
      var symbols = words[Int(place)]
      var index = 0
      while index + 1 < symbols.count {
        if symbols[index] == left, symbols[index + 1] == right {
          if index > 0 {
            change(symbols[index - 1], left, by: -1)
            change(symbols[index - 1], result, by: 1)
          }
          symbols[index] = result
          symbols.remove(at: index + 1)
          if index + 1 < symbols.count {
            change(right, symbols[index + 1], by: -1)
            change(result, symbols[index + 1], by: 1)
          }
        }
        index += 1
      }
      words[Int(place)] = symbols
    }
    for (pair, places) in places { push(pair, places) }
  }
}

/// A pair and the words in which it may occur.
private struct PairCandidate: Prioritized {
  let pair: UInt64
  /// How often it occurs.
  var count: Int
  /// In the words' order.
  let places: [Int32]

  func isBefore(_ other: PairCandidate) -> Bool {
    count != other.count ? count > other.count : pair < other.pair
  }
}
