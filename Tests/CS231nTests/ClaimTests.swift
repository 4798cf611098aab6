import Reports
import Testing

@testable import CS231n

@Suite("A number beside the published one and PyTorch's")
struct ClaimTests {
  private static func verdict(
    _ ours: Band, published: Double?, torch: Band?, measure: Measure = .validationAccuracy,
    isComparable: Bool = true
  ) -> Claim.Verdict {
    Claim(experiment: "x", measure: measure, published: published, torch: torch, ours: ours)
      .verdict(isComparable: isComparable)
  }

  @Test("is good when it reaches the published one")
  func reached() {
    let torch = Band(0.47, 0.01, count: 5)
    #expect(Self.verdict(Band(0.485, 0.01, count: 5), published: 0.485, torch: torch) == .reached)
    #expect(Self.verdict(Band(0.47, 0.01, count: 5), published: nil, torch: torch) == .reached)
    #expect(Self.verdict(Band(0.469, 0.01, count: 5), published: nil, torch: torch) == .withinNoise)
  }

  @Test("is within chance down to two standard errors below PyTorch's mean, and worse below")
  func chance() {
    // The standard error of the difference is √(0.01² / 4 + 0.01² / 4) = 0.00707.
    let torch = Band(0.48, 0.01, count: 4)
    #expect(Self.verdict(Band(0.4660, 0.01, count: 4), published: 0.49, torch: torch) == .withinNoise)
    #expect(Self.verdict(Band(0.4657, 0.01, count: 4), published: 0.49, torch: torch) == .worse)
    #expect(Self.verdict(Band(0.4657, 0.01, count: 4), published: nil, torch: torch) == .worse)
  }

  @Test("of one run has PyTorch's deviation for its own")
  func oneRun() {
    let torch = Band(0.48, 0.01, count: 100)
    #expect(Self.verdict(Band(0.462, 0, count: 1), published: 0.49, torch: torch) == .withinNoise)
    #expect(Self.verdict(Band(0.457, 0, count: 1), published: 0.49, torch: torch) == .worse)
  }

  @Test("is judged by its own deviation where PyTorch has none, and not at all where nothing is comparable")
  func others() {
    let ours = Band(0.46, 0.01, count: 5)
    #expect(Self.verdict(ours, published: 0.479, torch: nil) == .withinNoise)
    #expect(Self.verdict(ours, published: 0.481, torch: nil) == .worse)
    #expect(Self.verdict(ours, published: 0.9, torch: nil, isComparable: false) == .none)
    #expect(Self.verdict(ours, published: nil, torch: nil) == .none)
    #expect(Self.verdict(ours, published: 0.9, torch: nil, measure: .firstLoss) == .none)
  }

  @Test("is summed up by mean and standard deviation")
  func band() {
    let band = Band(of: [1, 2, 3, 6])
    #expect(band.mean == 3 && band.count == 4)
    #expect(abs(band.deviation - 3.5.squareRoot()) < 1e-15)
  }
}
