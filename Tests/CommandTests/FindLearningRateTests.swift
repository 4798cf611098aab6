import TestSupport
import Testing

@Suite("lemnos find-lr")
struct FindLearningRateTests {
  @Test("draws the curve, names a rate, and writes a page")
  func curve() throws {
    let folder = try TemporaryFolder()
    let result = try folder.succeed("find-lr --backend cpu --hidden 40 --steps 60 --out curve.html")
    #expect(result.output.contains("Suggestion: --learning-rate "))
    #expect(result.lines.contains { $0.contains("│") && $0.contains("█") })
    #expect(result.lines.allSatisfy { $0.count <= 100 })
    let page = String(decoding: try folder.read("curve.html"), as: UTF8.self)
    #expect(page.contains("<svg") && page.contains("Suggestion"))
    try folder.expectRefusal("find-lr --out curve.html", code: 73, words: ["curve.html exists already"])
  }

  @Test("prints its points as JSON")
  func json() throws {
    let folder = try TemporaryFolder()
    let line = try folder.succeed("find-lr --backend cpu --hidden 40 --steps 10 --to 1e-3 --json").lines
    #expect(line.count == 1 && line[0].contains("\"hasDiverged\":false"))
    #expect(line[0].matches(of: #/"learningRate"/#).count == 10)
  }

  @Test(
    "refuses ranges that do not rise",
    arguments: ["--from 0", "--from 2 --to 1", "--steps 5", "--learning-rate 1"])
  func refusals(options: String) throws {
    try TemporaryFolder().expectRefusal("find-lr \(options)", code: 64, words: ["--"])
  }
}
