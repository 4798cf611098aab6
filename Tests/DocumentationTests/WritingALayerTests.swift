import Lemnos
import Testing

@Suite("The guide to layers")
struct WritingALayerTests {
  private let guide = "Documentation/Writing-a-layer.md"

  @Test("writes layers whose gradients are right, and one whose gradient is not")
  func gradients() throws {
    let report = try checkSwishOfTheGuide()
    #expect(report.failures().isEmpty)
    let learned = try checkLearnedSwishOfTheGuide()
    #expect(learned.failures().isEmpty)
    #expect(learned.rows.map(\.name) == ["input", "0.weight", "0.bias", "1.beta"])
    #expect(try checkGradients(of: HandmadeSwish(), input: [4, 3]).failures().isEmpty)
    #expect(try abs(checkGradients(of: WrongSwish(), input: [4, 3]).error - 0.8) < 0.05)
  }

  @Test("shows what a wrong input gives")
  func refusal() throws {
    let error = try #require(refusalOfTheGuide())
    // The guide's own line is another one.
    let said = "\(error)".replacing(error.location, with: "main.swift:4")
    #expect(try Document(guide).text.contains("`\(said)`"))
  }

  @Test("trains a network that is as good as it says")
  func training() throws {
    let (accuracy, beta) = try trainOfTheGuide()
    #expect(accuracy > 0.8)
    #expect(try #require(beta).doubles.contains { $0 != 1 })
  }
}
