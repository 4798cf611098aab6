/// A histogram with bins of equal width.
public struct Histogram: Hashable, Sendable {
  public let least: Double
  public let greatest: Double
  public let count: Int
  public let sum: Double
  public let sumOfSquares: Double
  /// The bins are of equal width, from the least number to the greatest.
  public let counts: [Int]

  /// - Parameter numbers: non-finite ones are ignored.
  public init(of numbers: [Float], bins: Int = 32) {
    let finite = numbers.filter(\.isFinite)
    let (least, greatest) = (finite.min() ?? 0, finite.max() ?? 0)
    var counts = [Int](repeating: 0, count: bins)
    var (sum, squares) = (0.0, 0.0)
    let scale = greatest > least ? Float(bins) / (greatest - least) : 0
    for number in finite {
      sum += Double(number)
      squares += Double(number) * Double(number)
      let bin = (number - least) * scale
      counts[bin.isFinite ? min(Int(bin), bins - 1) : 0] += 1
    }
    (self.least, self.greatest, count) = (Double(least), Double(greatest), finite.count)
    (self.sum, sumOfSquares, self.counts) = (sum, squares, counts)
  }
}
