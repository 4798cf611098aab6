/// A text table with aligned columns, fitted to a terminal's width.
package struct TextTable {
  package struct Column {
    let title: String
    let isNumber: Bool
    /// Columns with the lowest rank are omitted first if there is no room; nil for a column that is never
    /// omitted.
    let rank: Int?
    /// The minimum width to which texts are truncated while numeric columns can be omitted.
    var least = 14

    package static func text(_ title: String) -> Column { Column(title: title, isNumber: false, rank: nil) }
    /// A column of names, truncated only after all other columns.
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

  /// Adds a row: one text per column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row of \(cells.count) cells for \(columns.count) columns")
    rows.append(cells)
  }

  /// The lines, with the titles first, none longer than `width`.
  ///
  /// If there is no room, numeric columns are omitted by rank, and then texts are truncated with an ellipsis;
  /// the width is exceeded only by numeric columns that are never omitted.
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
