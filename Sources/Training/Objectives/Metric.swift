public import Tensors

/// A number that says how good a model is on a set of examples, made of sums over them.
///
///     Metric("mae", .lowerIsBetter, sums: [abs(prediction - target)]) { sums, count in sums[0] / count }
public struct Metric: Sendable {
  public enum Direction: String, Codable, Hashable, Sendable {
    case higherIsBetter, lowerIsBetter

    /// Whether the first of two numbers is better; none is better than NaN, and NaN is better than none.
    public func isBetter(_ a: Double, _ b: Double) -> Bool {
      guard !a.isNaN, !b.isNaN else { return !a.isNaN && b.isNaN }
      return self == .higherIsBetter ? a > b : a < b
    }
  }

  /// By which histories, reports and settings have it: "accuracy".
  public let name: String
  public let direction: Direction

  /// What is added up: of each example one number, `[B]`, or several, `[B, k]`.
  public let sums: [Tensor]

  /// The metric of the sums over all examples, one after another in the order of `sums`, and of their number.
  public let value: @Sendable (_ sums: [Double], _ count: Double) -> Double

  public init(
    _ name: String, _ direction: Direction, sums: [Tensor],
    value: @escaping @Sendable (_ sums: [Double], _ count: Double) -> Double
  ) {
    (self.name, self.direction, self.sums, self.value) = (name, direction, sums, value)
  }

  /// The mean of a number of each example.
  public static func mean(_ name: String, _ direction: Direction, of numbers: Tensor) -> Metric {
    Metric(name, direction, sums: [numbers]) { $0[0] / $1 }
  }
}
