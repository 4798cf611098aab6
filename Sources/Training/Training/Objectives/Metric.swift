public import Tensors

/// A number that says how good a model is on a set of examples: made of sums over them or, if there is no other way, of
/// numbers of each.
///
///     Metric("mae", .lowerIsBetter, sums: [abs(prediction - target)]) { sums, count in sums[0] / count }
///     Metric("median", .lowerIsBetter, keeping: [error]) { $0[0].sorted()[$0[0].count / 2] }
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

  /// What is kept of each example until all are there: one number, `[B]`, or several, `[B, k]`.
  ///
  /// Each takes four bytes.
  public let numbers: [Tensor]

  /// The metric of a whole set.
  let value: @Sendable (Totals) -> Double

  /// What is known of a whole set.
  struct Totals {
    /// Over all examples, one after another in the order of `sums`.
    var sums: [Double]
    /// Of all examples, row-major, in the order of `numbers`.
    var numbers: [[Double]] = []
    /// The number of examples.
    var count: Double
  }

  /// - Parameter value: the metric of the sums over all examples, one after another in the order of `sums`, and of
  ///   their number.
  public init(
    _ name: String, _ direction: Direction, sums: [Tensor],
    value: @escaping @Sendable (_ sums: [Double], _ count: Double) -> Double
  ) {
    (self.name, self.direction, self.sums, numbers) = (name, direction, sums, [])
    self.value = { value($0.sums, $0.count) }
  }

  /// - Parameter value: the metric of the numbers of all examples: of each tensor kept one list, row-major.
  public init(
    _ name: String, _ direction: Direction, keeping numbers: [Tensor],
    value: @escaping @Sendable (_ numbers: [[Double]]) -> Double
  ) {
    (self.name, self.direction, sums, self.numbers) = (name, direction, [], numbers)
    self.value = { value($0.numbers) }
  }

  /// The mean of a number per example.
  public static func mean(_ name: String, _ direction: Direction, of numbers: Tensor) -> Metric {
    Metric(name, direction, sums: [numbers]) { $0[0] / $1 }
  }
}
