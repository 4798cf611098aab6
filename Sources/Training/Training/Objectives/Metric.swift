public import Tensors

/// A quality measure of a model on a set of examples, computed from sums over them.
///
///     Metric("mae", .lowerIsBetter, sums: [abs(prediction - target)]) { sums, count in sums[0] / count }
public struct Metric: Sendable {
  public enum Direction: String, Codable, Hashable, Sendable {
    case higherIsBetter, lowerIsBetter

    /// True if the first of two numbers is better; any number is better than NaN.
    public func isBetter(_ a: Double, _ b: Double) -> Bool {
      guard !a.isNaN, !b.isNaN else { return !a.isNaN && b.isNaN }
      return self == .higherIsBetter ? a > b : a < b
    }
  }

  /// Its name in histories, reports and settings: "accuracy".
  public let name: String
  public let direction: Direction

  /// The summands: one number per example, `[B]`, or several, `[B, k]`.
  public let sums: [Tensor]

  /// The metric, given the sums over all examples, concatenated in the order of `sums`, and their number.
  public let value: @Sendable (_ sums: [Double], _ count: Double) -> Double

  public init(
    _ name: String, _ direction: Direction, sums: [Tensor],
    value: @escaping @Sendable (_ sums: [Double], _ count: Double) -> Double
  ) {
    (self.name, self.direction, self.sums, self.value) = (name, direction, sums, value)
  }

  /// The mean of a number per example.
  public static func mean(_ name: String, _ direction: Direction, of numbers: Tensor) -> Metric {
    Metric(name, direction, sums: [numbers]) { $0[0] / $1 }
  }
}
