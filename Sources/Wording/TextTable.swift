/// A table of text whose columns line up, as narrow as a terminal asks.
package struct TextTable {
  package struct Column {
    let title: String
    let isNumber: Bool
    /// Columns with the lowest rank are left out first where there is no room; nil for one that always stays.
    let rank: Int?
    /// Characters that are left of a text at least, while there are numbers to leave out.
    var least = 14

    package static func text(_ title: String) -> Column { Column(title: title, isNumber: false, rank: nil) }
    /// Names that mean nothing without their ends: other columns go before they are cut.
    package static func name(_ title: String) -> Column {
      Column(title: title, isNumber: false, rank: nil, least: .max)
    }
    package static func number(_ title: String, rank: Int? = nil) -> Column {
      Column(title: title, isNumber: true, rank: rank)
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row: one text for each column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row of \(cells.count) cells for \(columns.count) columns")
    rows.append(cells)
  }

  /// The lines, with the titles first, none longer than `width`.
  ///
  /// Where there is no room, numbers are left out by rank, and then texts are cut, with an ellipsis; a width that not even
  /// the numbers that always stay fit into is overrun.
  package func lines(width: Int) -> [String] {
    let cells = [columns.map(\.title)] + rows
    var widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    var shown = Array(columns.indices)
    func excess() -> Int { shown.reduce(2 * (shown.count - 1)) { $0 + widths[$1] } - width }
    func shortest() -> Int {
      excess()
        - shown.filter { !columns[$0].isNumber }.reduce(0) { $0 + max(0, widths[$1] - columns[$1].least) }
    }
    while shortest() > 0, let out = shown.filter({ columns[$0].rank != nil }).min(by: ranked) {
      shown.removeAll { $0 == out }
    }
    while excess() > 0,
      let widest = shown.filter({ !columns[$0].isNumber }).max(by: { widths[$0] < widths[$1] }),
      widths[widest] > 4
    {
      widths[widest] -= 1
    }
    return cells.map { row in
      let line = shown.map { column in
        let text =
          row[column].count > widths[column] ? row[column].prefix(widths[column] - 1) + "…" : row[column][...]
        let space = String(repeating: " ", count: widths[column] - text.count)
        return columns[column].isNumber ? space + text : text + space
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  private func ranked(_ a: Int, _ b: Int) -> Bool { (columns[a].rank ?? .max) < (columns[b].rank ?? .max) }
}
