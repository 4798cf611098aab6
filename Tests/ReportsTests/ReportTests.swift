import Foundation
import Pictures
import Reports
import Testing

@Suite("Reports")
struct ReportTests {
  private static let chart = Chart(
    "Loss & <more>", x: "step", y: "loss",
    [Chart.Series("a", [3, 2, 1]), Chart.Series("b", [1, .nan, 2, 3])])

  private static let report = Report(
    "A < B", introduction: [.paragraph("x & y | z")],
    sections: [
      Report.Section(
        "One",
        [
          .table(Table([.text("name"), .number("value")], [["a|b", Table.Cell("1", .bad)]])),
          .figures([
            Report.Figure("loss", .chart(chart), caption: "It falls."),
            Report.Figure(
              "dot", .picture(Picture(width: 1, height: 1, channels: 1, pixels: [9])), caption: "A dot."),
          ]),
        ])
    ])

  @Test("are pages that need no other file, of well-formed markup")
  func html() throws {
    let html = Self.report.html
    #expect(html.contains("<h1>A &lt; B</h1>"))
    #expect(html.contains("x &amp; y | z"))
    #expect(html.contains("<td class=\"number bad\">1</td>"))
    #expect(html.contains("src=\"data:image/png;base64,iVBOR"))
    #expect(!html.contains("src=\"http") && !html.contains("href=\"http") && !html.contains("url("))
    try Self.expectBalanced(html)
  }

  @Test("are Markdown with its figures in files")
  func markdown() throws {
    let markdown = Self.report.markdown
    #expect(markdown.contains("# A < B\n\nx & y \\| z"))
    #expect(markdown.contains("| name | value |\n| --- | --: |\n| a\\|b | **1** |"))
    #expect(markdown.contains("![It falls.](loss.svg)"))
    let files = Self.report.figureFiles
    #expect(files.map(\.name) == ["loss.svg", "dot.png"])
    #expect(try Picture(png: files[1].bytes).pixels == [9])
    try Self.expectBalanced(String(decoding: files[0].bytes, as: UTF8.self))
  }

  /// Checks that every opened element is closed, in the right order.
  private static func expectBalanced(_ markup: String) throws {
    var open: [String] = []
    for match in markup.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
      let name = String(match.output.2)
      if ["meta", "img"].contains(name) || !match.output.3.isEmpty { continue }
      if match.output.1.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty)
  }
}
