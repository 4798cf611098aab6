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
    // The likeliest first, and of equal ones the one of the smaller number.
    var order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    guard temperature > 0 else { return order[0] }
    if let topK { order = Array(order.prefix(topK)) }
    let greatest = Double(scores[order[0]])
    var weights = order.map { exp((Double(scores[$0]) - greatest) / temperature) }
    if topP < 1 {
      let all = weights.reduce(0, +)
      var (sum, count) = (0.0, 0)
      while count < weights.count, sum < topP * all {
        sum += weights[count]
        count += 1
      }
      weights.removeLast(weights.count - count)
    }
    var left = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return order[index] }
    }
    return order[weights.count - 1]
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
