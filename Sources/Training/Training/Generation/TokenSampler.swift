import Glibc

/// Draws the next token by the scores of a language model.
///
///     p_i ∝ exp(s_i / temperature),   of the k likeliest tokens, and of those the fewest that have p together
///
/// The same seed and scores give the same tokens.
public struct TokenSampler: Sendable {
  /// How much less likely tokens are drawn: 1 as the model says, 0 never.
  public let temperature: Double
  /// How many of the likeliest tokens can be drawn; nil for all.
  public let topK: Int?
  /// The share of probability that the tokens have together that can be drawn: nucleus sampling; 1 for all.
  public let topP: Double
  private var state: UInt64

  /// - Parameters:
  ///   - temperature: from 0.
  ///   - topK: at least 1.
  ///   - topP: above 0, up to 1.
  /// - SeeAlso: Holtzman et al. 2020, "The curious case of neural text degeneration", for `topP`.
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1, seed: UInt64 = 0) {
    precondition(temperature >= 0 && topK ?? 1 >= 1 && topP > 0 && topP <= 1, "no token can be drawn so")
    (self.temperature, self.topK, self.topP, state) = (temperature, topK, topP, seed)
  }

  /// The token of some scores.
  ///
  /// - Parameter scores: one for each token; not all of them −∞.
  public mutating func next(_ scores: [Float]) -> Int {
    precondition(!scores.isEmpty, "there are no scores to go by")
    guard temperature > 0 else { return likeliest(1, of: scores)[0] }
    var drawn = topK.map { likeliest($0, of: scores) } ?? Array(scores.indices)
    let greatest = Double(drawn.reduce(-Float.infinity) { max($0, scores[$1]) })
    var weights = drawn.map { exp((Double(scores[$0]) - greatest) / temperature) }
    if topP < 1 { (drawn, weights) = nucleus(drawn, weights) }
    var left = uniform() * weights.reduce(0, +)
    for (index, weight) in zip(drawn, weights) {
      left -= weight
      if left < 0 { return index }
    }
    return drawn[drawn.count - 1]
  }

  /// The likeliest tokens, the first of equal ones before others.
  private func likeliest(_ count: Int, of scores: [Float]) -> [Int] {
    // In their order, which few of the later ones get into: a vocabulary is not sorted for some tokens of it.
    var kept: [Int] = []
    for index in scores.indices where kept.count < count || scores[index] > scores[kept[kept.count - 1]] {
      var (low, high) = (0, kept.count)
      while low < high {
        let middle = (low + high) / 2
        if scores[kept[middle]] >= scores[index] { low = middle + 1 } else { high = middle }
      }
      if kept.count == count { kept.removeLast() }
      kept.insert(index, at: low)
    }
    return kept
  }

  /// The fewest tokens that have `topP` of all weight together.
  private func nucleus(_ tokens: [Int], _ weights: [Double]) -> (tokens: [Int], weights: [Double]) {
    let all = weights.reduce(0, +)
    // Those below this have less than the rest of the weight together, however many they are: they are not sorted.
    let least = (1 - topP) * all / Double(weights.count)
    let sorted = weights.indices.filter { weights[$0] >= least }
      .sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : tokens[$0] < tokens[$1] }
    var (sum, count) = (0.0, 0)
    while count < sorted.count, sum < topP * all {
      sum += weights[sorted[count]]
      count += 1
    }
    return (sorted.prefix(count).map { tokens[$0] }, sorted.prefix(count).map { weights[$0] })
  }

  /// In [0, 1): SplitMix64.
  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((bits ^ bits >> 31) >> 11) * 0x1p-53
  }
}
