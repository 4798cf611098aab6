/// What a model takes the images of a set for.
public struct Inspection: Codable, Hashable, Sendable {
  /// An image whose class the model got wrong.
  public struct Mistake: Codable, Hashable, Sendable {
    /// Its number in the set.
    public let image: Int
    public let label: Int
    public let predicted: Int
    /// Of the predicted class.
    public let probability: Double
    /// The cross-entropy for its label.
    public let loss: Double
  }

  /// Which images: "validation" or "test".
  public let split: String
  public let count: Int
  /// How many images of a class (row) were taken for each class (column).
  public let confusion: [[Int]]
  /// Those with the greatest loss first.
  public let mistakes: [Mistake]
}

/// What the numbers of one parameter are like.
public struct ParameterStatistics: Hashable, Sendable {
  public let name: String
  public let values: Histogram
  /// Of the loss on some training images; nil where memory was short.
  public let gradients: Histogram?
}

/// How often numbers lie in each of some equally wide ranges.
public struct Histogram: Hashable, Sendable {
  public let least: Double
  public let greatest: Double
  public let count: Int
  public let sum: Double
  public let sumOfSquares: Double
  /// Of equal widths from the least number to the greatest.
  public let counts: [Int]

  /// - Parameter numbers: those that are not finite are left out.
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
