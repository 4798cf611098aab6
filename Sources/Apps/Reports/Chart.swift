/// Lines over a common pair of axes.
public struct Chart: Hashable, Sendable {
  public enum Scale: Sendable {
    case linear
    /// Powers of ten at equal distances; numbers that are not positive are omitted.
    case logarithmic
  }

  /// A line through its points in order.
  public struct Series: Hashable, Sendable {
    public let name: String
    public let points: [Point]

    /// The half-width of a band at each point; nil for no band.
    public let spread: [Double]?

    /// - Precondition: a spread has a number for each point.
    public init(_ name: String, _ points: [Point], spread: [Double]? = nil) {
      precondition(spread.map { $0.count == points.count } ?? true, "a spread has a number for each point")
      self.name = name
      self.points = points
      self.spread = spread
    }

    /// A line of numbers at 1, 2, 3 and so on.
    public init(_ name: String, _ values: [Double], spread: [Double]? = nil) {
      self.init(name, values.enumerated().map { Point(Double($0 + 1), $1) }, spread: spread)
    }
  }

  public struct Point: Hashable, Sendable {
    public let x: Double
    public let y: Double

    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  public let title: String
  public let xTitle: String
  public let yTitle: String
  public let xScale: Scale
  public let yScale: Scale
  public let series: [Series]

  public init(
    _ title: String, x xTitle: String, y yTitle: String, xScale: Scale = .linear, yScale: Scale = .linear,
    _ series: [Series]
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.xScale = xScale
    self.yScale = yScale
    self.series = series
  }
}
