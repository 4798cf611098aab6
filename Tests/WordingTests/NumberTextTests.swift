import Testing
import Wording

@Suite("Numbers as people read them")
struct NumberTextTests {
  @Test("have the decimals that were asked for")
  func decimal() {
    #expect(NumberText.decimal(0.43, 4) == "0.4300")
    #expect(NumberText.decimal(-2.5, 0) == "-3")
    #expect(NumberText.decimal(-0.001, 2) == "0.00")
    #expect(NumberText.whole(12_345.9) == "12,345")
  }

  @Test(
    "are written somehow, whatever they are",
    arguments: [.nan, .infinity, -1e308, 1e308, 9.3e14, -1e19, .leastNonzeroMagnitude])
  func wild(number: Double) {
    for places in [0, 1, 5, 19, 301] { #expect(!NumberText.decimal(number, places).isEmpty) }
    #expect(!NumberText.loss(number).isEmpty && !NumberText.whole(number).isEmpty)
    #expect(!NumberText.scientific(number).isEmpty)
  }

  @Test("are times where anything can take so long")
  func time() {
    #expect(NumberText.time(65) == "1:05")
    #expect(NumberText.time(7210.4) == "2:00:10")
    for seconds in [-1, .nan, .infinity, -1e300, 1e300] { #expect(NumberText.time(seconds) == "?") }
  }
}
