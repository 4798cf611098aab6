import FoundationEssentials
import Pictures

extension Report {
  /// A single self-contained page.
  public var html: String {
    var page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>\(title.escaped)</title>\n"
      + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      + "<style>\(Style.page)\n\(Style.chart)</style></head><body>\n<h1>\(title.escaped)</h1>\n"
    page += introduction.map(\.html).joined()
    page += "<nav><ul>"
    for (number, section) in sections.enumerated() {
      page += "<li><a href=\"#s\(number)\">\(section.title.escaped)</a></li>"
    }
    page += "</ul></nav>\n"
    for (number, section) in sections.enumerated() {
      page += "<section><h2 id=\"s\(number)\">\(section.title.escaped)</h2>\n"
      page += section.blocks.map(\.html).joined() + "</section>\n"
    }
    return page + "</body></html>\n"
  }
}

extension Report.Block {
  fileprivate var html: String {
    switch self {
    case .paragraph(let text): "<p>\(text.escaped)</p>\n"
    case .preformatted(let text): "<pre>\(text.escaped)</pre>\n"
    case .table(let table): table.html
    case .figures(let figures): "<div class=\"figures\">\(figures.map(\.html).joined())</div>\n"
    }
  }
}

extension Table {
  fileprivate var html: String {
    func row(_ tag: String, _ cells: [Cell]) -> String {
      let parts = zip(columns, cells).map { column, cell in
        let classes = [column.isNumber ? "number" : "", cell.tone == .plain ? "" : cell.tone.rawValue]
          .filter { !$0.isEmpty }.joined(separator: " ")
        let attribute = classes.isEmpty ? "" : " class=\"\(classes)\""
        return "<\(tag)\(attribute)>\(cell.text.escaped)</\(tag)>"
      }
      return "<tr>\(parts.joined())</tr>\n"
    }
    let head = row("th", columns.map { Cell($0.title) })
    return "<div class=\"table\"><table><thead>\(head)</thead><tbody>\(rows.map { row("td", $0) }.joined())"
      + "</tbody></table></div>\n"
  }
}

extension Report.Figure {
  fileprivate var html: String {
    let content =
      switch self.content {
      case .chart(let chart): chart.inlineSVG
      case .picture(let picture):
        "<img alt=\"\(caption.escaped)\" src=\"data:image/png;base64,\(Data(picture.png).base64EncodedString())\">"
      }
    return "<figure>\(content)<figcaption>\(caption.escaped)</figcaption></figure>\n"
  }
}
