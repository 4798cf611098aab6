import Glibc
import Testing
import Training

@Suite("Sampling of tokens")
struct TokenSamplerTests {
  private func shares(_ sampler: TokenSampler, _ scores: [Float], draws: Int = 20_000) -> [Double] {
    var (sampler, counts) = (sampler, [Double](repeating: 0, count: scores.count))
    for _ in 0..<draws { counts[sampler.next(scores)] += 1 / Double(draws) }
    return counts
  }

  // Probabilities ½, ¼, ⅛, ⅛, in another order.
  private let scores: [Float] = [0.25, 0.5, 0.125, 0.125].map { (p: Double) in Float(log(p)) }

  private func isNear(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 0.02 } }

  @Test("draws tokens as often as they are likely")
  func probabilities() {
    #expect(isNear(shares(TokenSampler(seed: 1), scores), [0.25, 0.5, 0.125, 0.125]))
    // p² and √p, normalized.
    let squares: [Double] = [2 / 11, 8 / 11, 0.5 / 11, 0.5 / 11]
    #expect(isNear(shares(TokenSampler(temperature: 0.5, seed: 2), scores), squares))
    let roots: [Double] = [0.25, 0.5, 0.125, 0.125].map { (p: Double) in p.squareRoot() }
    let sum: Double = roots.reduce(0, +)
    #expect(isNear(shares(TokenSampler(temperature: 2, seed: 3), scores), roots.map { $0 / sum }))
  }

  @Test("leaves out all but the likeliest")
  func truncation() {
    let likeliest = shares(TokenSampler(temperature: 0, seed: 1), scores, draws: 50)
    #expect(isNear(likeliest, [0, 1, 0, 0]))
    #expect(isNear(shares(TokenSampler(topK: 1), scores, draws: 50), [0, 1, 0, 0]))
    let two: [Double] = [1 / 3, 2 / 3, 0, 0]
    #expect(isNear(shares(TokenSampler(topK: 2, seed: 1), scores), two))
    #expect(isNear(shares(TokenSampler(topP: 0.7, seed: 1), scores), two))
    #expect(isNear(shares(TokenSampler(topP: 0.45, seed: 1), scores), [0, 1, 0, 0]))
    // The third and the fourth are alike: the smaller number comes first.
    #expect(shares(TokenSampler(topK: 3, seed: 1), scores)[3] == 0)
  }

  @Test("is the same for the same seed, and large scores are no matter")
  func seeds() {
    var (a, b, c) = (TokenSampler(seed: 5), TokenSampler(seed: 5), TokenSampler(seed: 6))
    let draws = (0..<100).map { _ in (a.next(scores), b.next(scores), c.next(scores)) }
    #expect(draws.allSatisfy { $0.0 == $0.1 } && draws.contains { $0.0 != $0.2 })
    #expect(a.next([1e30, -1e30, -.infinity]) == 0)
  }
}
