/// Bar charts of block characters: a sparkline in one row of text, or a small chart in several.
package enum BlockChart {
  private static let blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Bars from the least number, which is still visible, to the greatest.
  ///
  /// - Parameters:
  ///   - width: characters per row; if there are more numbers, adjacent ones are averaged.
  ///   - height: rows.
  /// - Returns: rows from top to bottom; none without finite numbers.
  package static func rows(_ numbers: [Double], width: Int, height: Int = 1) -> [String] {
    let finite = numbers.filter(\.isFinite)
    guard width > 0, height > 0, !finite.isEmpty else { return [] }
    let columns = min(width, finite.count)
    let means = (0..<columns).map { column -> Double in
      let own = finite[finite.count * column / columns..<finite.count * (column + 1) / columns]
      return own.reduce(0) { $0 + $1 / Double(own.count) }
    }
    let (least, greatest) = (means.min() ?? 0, means.max() ?? 0)
    let steps = 8 * height
    let levels = means.map { mean in
      greatest > least ? 1 + Int((Double(steps - 1) * ((mean - least) / (greatest - least))).rounded()) : 1
    }
    return (0..<height).reversed().map { row in
      levels.map { blocks[max(0, min(8, $0 - 8 * row))] }.joined()
    }
  }

  /// One row.
  package static func sparkline(_ numbers: [Double], width: Int) -> String {
    rows(numbers, width: width).first ?? ""
  }
}
