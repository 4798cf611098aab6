import Wording

extension Chart {
  /// A self-contained SVG file, with light and dark styles.
  public var svg: String {
    drawing(style: "<style>\(Style.chart)</style>")
  }

  /// SVG for a page that includes `Style.chart` itself.
  var inlineSVG: String { drawing(style: "") }

  private func drawing(style: String) -> String {
    let places = series.flatMap { line in
      line.points.indices.flatMap { index -> [Double] in
        let (y, spread) = (line.points[index].y, line.spread?[index] ?? 0)
        return [y - spread, y + spread]
      }
    }
    let x = Axis(xScale, holding: series.flatMap { $0.points.map(\.x) })
    let y = Axis(yScale, holding: places)
    let frame = Frame(legendRows: legend.count)
    var svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 \(Frame.width) \(frame.height)\" "
      + "role=\"img\" aria-label=\"\(title.escaped)\">\(style)"
    svg += "<text class=\"title\" x=\"\(Frame.left)\" y=\"20\">\(title.escaped)</text>"
    svg += legendMarks
    for tick in y.ticks {
      let height = frame.y(y.fraction(ofPlace: tick.place))
      svg += "<path class=\"grid\" d=\"M\(Frame.left) \(height)H\(Frame.right)\"/>"
      svg +=
        "<text class=\"tick\" x=\"\(Frame.left - 7)\" y=\"\(height)\" dy=\"4\" text-anchor=\"end\">\(tick.label)</text>"
    }
    for tick in x.ticks {
      let place = frame.x(x.fraction(ofPlace: tick.place))
      svg += "<path class=\"axis\" d=\"M\(place) \(frame.bottom)v4\"/>"
      svg +=
        "<text class=\"tick\" x=\"\(place)\" y=\"\(frame.bottom + 18)\" text-anchor=\"middle\">\(tick.label)</text>"
    }
    svg += "<path class=\"axis\" d=\"M\(Frame.left) \(frame.bottom)H\(Frame.right)\"/>"
    svg +=
      "<text class=\"tick\" x=\"\((Frame.left + Frame.right) / 2)\" y=\"\(frame.bottom + 38)\" text-anchor=\"middle\">"
      + "\(xTitle.escaped)</text>"
    svg +=
      "<text class=\"tick\" transform=\"translate(14 \((frame.top + frame.bottom) / 2)) rotate(-90)\" "
      + "text-anchor=\"middle\">\(yTitle.escaped)</text>"
    for (number, line) in series.enumerated() {
      let color = Style.color(number)
      let band = line.band(x, y, frame)
      if !band.isEmpty { svg += "<path class=\"band \(color)\" d=\"\(band)\"/>" }
      svg += "<path class=\"line \(color)\" d=\"\(line.path(x, y, frame))\"/>"
    }
    return svg + "</svg>\n"
  }

  /// The names of the series, wrapped into rows.
  private var legend: [[Int]] {
    guard series.count > 1 else { return [] }
    var rows: [[Int]] = [[]]
    var used = 0
    for (number, line) in series.enumerated() {
      let width = Chart.legendWidth(line.name)
      if used + width > Frame.right - Frame.left, used > 0 {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(number)
      used += width
    }
    return rows
  }

  private var legendMarks: String {
    var svg = ""
    for (row, numbers) in legend.enumerated() {
      let y = 40 + row * Frame.legendRow
      var x = Frame.left
      for number in numbers {
        svg += "<path class=\"line \(Style.color(number))\" d=\"M\(x) \(y - 4)h16\"/>"
        svg += "<text class=\"tick\" x=\"\(x + 21)\" y=\"\(y)\">\(series[number].name.escaped)</text>"
        x += Chart.legendWidth(series[number].name)
      }
    }
    return svg
  }

  /// Letters of 12 pixels are at most about 7.4 pixels wide.
  private static func legendWidth(_ name: String) -> Int { 38 + name.count * 37 / 5 }
}

/// The layout of the drawing, in pixels from the top left.
struct Frame {
  static let width = 560
  static let left = 62
  static let right = 544
  static let legendRow = 18

  let top: Int
  var bottom: Int { top + 240 }
  var height: Int { bottom + 48 }

  init(legendRows: Int) { top = 36 + legendRows * Frame.legendRow }

  func x(_ fraction: Double) -> String {
    Frame.text(Double(Frame.left) + fraction * Double(Frame.right - Frame.left))
  }

  func y(_ fraction: Double) -> String { Frame.text(Double(bottom) - fraction * Double(bottom - top)) }

  private static func text(_ place: Double) -> String { NumberText.decimal(place, 1) }
}

extension Chart.Series {
  /// The line, interrupted at points without a position on the axes.
  fileprivate func path(_ x: Axis, _ y: Axis, _ frame: Frame) -> String {
    var path = ""
    var isDrawing = false
    for point in points {
      guard let across = x.fraction(point.x), let up = y.fraction(point.y) else {
        isDrawing = false
        continue
      }
      path += "\(isDrawing ? "L" : "M")\(frame.x(across)) \(frame.y(up))"
      isDrawing = true
    }
    return path
  }

  /// The outline of the band: along the upper border, and back along the lower one.
  fileprivate func band(_ x: Axis, _ y: Axis, _ frame: Frame) -> String {
    guard let spread else { return "" }
    let borders = points.indices.compactMap { index -> (x: Double, low: Double, high: Double)? in
      let (point, reach) = (points[index], spread[index])
      guard let across = x.fraction(point.x), let low = y.fraction(point.y - reach),
        let high = y.fraction(point.y + reach)
      else { return nil }
      return (across, low, high)
    }
    guard borders.count > 1, spread.contains(where: { $0 > 0 }) else { return "" }
    let outline =
      borders.map { "\(frame.x($0.x)) \(frame.y($0.high))" }
      + borders.reversed().map { "\(frame.x($0.x)) \(frame.y($0.low))" }
    return "M" + outline.joined(separator: "L") + "Z"
  }
}
