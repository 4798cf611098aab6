import Foundation
import Reports
import Testing

@Suite("Charts")
struct ChartTests {
  /// The coordinates of a chart's curves, without the legend, which is drawn with `h`.
  private static func lines(_ chart: Chart) -> [[(x: Double, y: Double)]] {
    chart.svg.matches(of: /class="line c[0-9]" d="(M[^"h]*)"/).map { match in
      match.output.1.matches(of: /([0-9.]+) ([0-9.]+)/).compactMap { match in
        Double(match.output.1).flatMap { x in Double(match.output.2).map { (x, $0) } }
      }
    }
  }

  @Test("put points where their numbers are between the axes")
  func linear() throws {
    let line = try #require(Self.lines(Chart("t", x: "x", y: "y", [Chart.Series("a", [0, 5, 10])])).first)
    // x from 62 to 544 for 1 … 3, y from 36 to 276 for 10 … 0.
    #expect(line.map(\.x) == [62, 303, 544])
    #expect(line.map(\.y) == [276, 156, 36])
  }

  @Test("have equal distances for equal factors on a logarithmic axis, without what has no logarithm")
  func logarithmic() throws {
    let points = [(1.0, 1.0), (10, 10), (100, 0), (1000, 1000)].map { Chart.Point($0.0, $0.1) }
    let chart = Chart(
      "t", x: "x", y: "y", xScale: .logarithmic, yScale: .logarithmic, [Chart.Series("a", points)])
    let line = try #require(Self.lines(chart).first)
    #expect(line.count == 3)
    #expect(abs(line[1].x - (62 + 482.0 / 3)) < 0.1 && abs(line[1].y - (276 - 80)) < 0.1)
    #expect(chart.svg.contains("10³"))
  }

  @Test(
    "survive what cannot be drawn",
    arguments: [
      [], [Double.nan], [1], [2, 2], [.infinity, 1], [1e300, -1e300], [1.7e308, -1.7e308],
      [.leastNonzeroMagnitude, 0],
      [1e63], [-1e300, -1e300],
      [1e-307, 3e-307],
    ])
  func odd(values: [Double]) {
    for scale in [Chart.Scale.linear, .logarithmic] {
      let svg = Chart("t", x: "x", y: "y", yScale: scale, [Chart.Series("a", values)]).svg
      #expect(!svg.contains("nan") && !svg.contains("inf"))
    }
  }

  @Test("say which line is which, in rows that fit")
  func legend() {
    let names = (0..<9).map { "a rather long name \($0)" }
    let svg = Chart("t", x: "x", y: "y", names.map { Chart.Series($0, [1, 2]) }).svg
    for name in names { #expect(svg.contains(">\(name)</text>")) }
    for match in svg.matches(of: /<text class="tick" x="([0-9]+)" y="[0-9]+">a rather/) {
      #expect(Int(match.output.1) ?? 999 < 400)
    }
  }
}
