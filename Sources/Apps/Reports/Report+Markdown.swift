import Pictures

extension Report {
  /// Markdown, with figures in separate files.
  public var markdown: String {
    var text = "# \(title)\n\n" + introduction.map(\.markdown).joined()
    for section in sections {
      text += "## \(section.title)\n\n" + section.blocks.map(\.markdown).joined()
    }
    return text
  }

  /// The names and contents of the figure files.
  public var figureFiles: [(name: String, bytes: [UInt8])] {
    (introduction + sections.flatMap(\.blocks)).flatMap { block -> [Figure] in
      if case .figures(let figures) = block { figures } else { [] }
    }
    .map { ($0.fileName, $0.bytes) }
  }
}

extension Report.Block {
  fileprivate var markdown: String {
    switch self {
    case .paragraph(let text): "\(text.markdownEscaped)\n\n"
    case .preformatted(let text): text.indented + "\n"
    case .table(let table): table.markdown
    case .figures(let figures):
      figures.map {
        "![\($0.caption.markdownEscaped)](\($0.fileName))\n\n*\($0.caption.markdownEscaped)*\n\n"
      }
      .joined()
    }
  }
}

extension Table {
  fileprivate var markdown: String {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
    let rule = columns.map { $0.isNumber ? "--:" : "---" }
    return row(columns.map { $0.title.markdownEscaped }) + row(rule)
      + rows.map { row($0.map(\.markdown)) }.joined() + "\n"
  }
}

extension Table.Cell {
  fileprivate var markdown: String { tone == .bad ? "**\(text.markdownEscaped)**" : text.markdownEscaped }
}

extension Report.Figure {
  fileprivate var fileName: String {
    switch content {
    case .chart: "\(name).svg"
    case .picture: "\(name).png"
    }
  }

  fileprivate var bytes: [UInt8] {
    switch content {
    case .chart(let chart): Array(chart.svg.utf8)
    case .picture(let picture): picture.png
    }
  }
}

extension String {
  /// A block of code: nothing in it is special.
  fileprivate var indented: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
  }

  /// Escapes the characters that are special in Markdown text and tables.
  fileprivate var markdownEscaped: String {
    reduce(into: "") { text, character in
      if "\\`*_|[]<>#".contains(character) { text.append("\\") }
      text.append(character)
    }
  }
}
