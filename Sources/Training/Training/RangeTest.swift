/// A learning-rate range test: the losses of steps with an increasing learning rate.
///
/// - SeeAlso: Smith 2017, "Cyclical learning rates for training neural networks", arXiv:1506.01186, section 3.3.
public struct RangeTest: Codable, Hashable, Sendable {
  public struct Point: Codable, Hashable, Sendable {
    public let learningRate: Double
    /// Of the batch, before the step.
    public let loss: Double
    /// The moving average of the losses.
    public let smoothed: Double
  }

  /// One per step, until the loss diverged.
  public let points: [Point]

  /// True if the loss diverged, so that higher rates were not tried.
  public let hasDiverged: Bool

  /// The rate of steepest descent of the smoothed loss; nil if it never falls.
  public let suggestion: Double?

  /// The ratio of a loss to the best one so far above which it counts as diverged.
  static let tooHigh = 4.0

  /// - Parameter losses: with the rates of their steps.
  init(_ losses: [(learningRate: Double, loss: Double)], hasDiverged: Bool) {
    let reach = RangeTest.reach(losses.count)
    points = losses.indices.map { index in
      let around = losses[max(0, index - reach)...min(losses.count - 1, index + reach)]
      let mean = around.reduce(0) { $0 + $1.loss } / Double(around.count)
      return Point(learningRate: losses[index].learningRate, loss: losses[index].loss, smoothed: mean)
    }
    self.hasDiverged = hasDiverged
    suggestion = RangeTest.steepest(points, reach: reach)
  }

  /// The half-width of the moving average.
  private static func reach(_ count: Int) -> Int { max(1, count / 20) }

  /// The rate at which the smoothed loss falls most steeply over the logarithm of the rate, before its
  /// minimum.
  private static func steepest(_ points: [Point], reach: Int) -> Double? {
    guard let lowest = points.indices.min(by: { points[$0].smoothed < points[$1].smoothed }) else {
      return nil
    }
    var best: (slope: Double, index: Int)?
    for index in points.indices where index >= reach && index + reach <= lowest {
      // Rates form a geometric sequence, so that a difference of losses is a slope.
      let slope = points[index + reach].smoothed - points[index - reach].smoothed
      if slope < best?.slope ?? 0 { best = (slope, index) }
    }
    return best.map { points[$0.index].learningRate }
  }
}
