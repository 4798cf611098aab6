import Lemnos
import Reports
import Wording

/// The result of a learning-rate range test, as terminal text and as a page.
extension RangeTest {
  /// The curve drawn with block characters, and the suggested rate.
  ///
  /// - Parameter width: characters in a line.
  func text(width: Int) -> String {
    let losses = points.map(\.smoothed)
    guard let first = points.first, let last = points.last, let low = losses.min(), let high = losses.max()
    else { return conclusion + "\n" }
    let labels = [NumberText.loss(high), NumberText.loss(low)]
    let margin = labels.map(\.count).max() ?? 0
    let rows = BlockChart.rows(losses, width: max(10, min(72, width - margin - 3)), height: 8)
    var lines = rows.enumerated().map { row, bars in
      let label = row == 0 ? labels[0] : row == rows.count - 1 ? labels[1] : ""
      return Column.right(label, margin) + " │" + bars
    }
    let ends = [first, last].map { NumberText.scientific($0.learningRate) }
    let room = (rows.first?.count ?? 0) - ends[0].count - ends[1].count
    lines.append(
      Column.right("loss", margin) + " └" + ends[0] + String(repeating: "─", count: max(1, room)) + ends[1])
    return lines.joined(separator: "\n") + "\n\n" + conclusion + "\n"
  }

  private var conclusion: String {
    let end = points.last.map { " The loss ran away at \(NumberText.scientific($0.learningRate))." } ?? ""
    let found =
      suggestion.map {
        "Suggestion: --learning-rate \(NumberText.scientific($0)), where the loss falls fastest."
      } ?? "No rate lowers the loss: look at the data, or try other rates by --from and --to."
    return found + (hasDiverged ? end : "")
  }

  func report(_ title: String) -> Report {
    func line(_ name: String, _ number: KeyPath<Point, Double>) -> Chart.Series {
      Chart.Series(name, points.map { Chart.Point($0.learningRate, $0[keyPath: number]) })
    }
    let chart = Chart(
      "Loss while the learning rate rises", x: "learning rate", y: "loss", xScale: .logarithmic,
      [line("smoothed", \.smoothed), line("each step", \.loss)])
    return Report(
      "A learning rate for \(title)", introduction: [.paragraph(conclusion)],
      sections: [
        Report.Section(
          "Curve", [.figures([Report.Figure("curve", .chart(chart), caption: "One batch at each rate.")])])
      ])
  }
}
