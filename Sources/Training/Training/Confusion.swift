/// A sparse confusion matrix: counts of images by label and predicted class.
///
/// Only occurring pairs are stored, so that thousands of classes need little memory.
public struct Confusion: Hashable, Sendable {
  /// A label and a predicted class.
  public struct Pair: Hashable, Sendable {
    public let label: Int
    public let predicted: Int

    public init(label: Int, predicted: Int) { (self.label, self.predicted) = (label, predicted) }
  }

  public private(set) var counts: [Pair: Int] = [:]
  private var images: [Int: Int] = [:]

  public init() {}

  mutating func add(label: Int, predicted: Int) {
    counts[Pair(label: label, predicted: predicted), default: 0] += 1
    images[label, default: 0] += 1
  }

  public subscript(label: Int, predicted: Int) -> Int {
    counts[Pair(label: label, predicted: predicted)] ?? 0
  }

  /// The number of images of a class.
  public func images(of label: Int) -> Int { images[label] ?? 0 }

  /// The fraction of a class's images predicted correctly (recall); nil for a class without images.
  public func accuracy(of label: Int) -> Double? {
    images[label].map { Double(self[label, label]) / Double($0) }
  }

  /// The fraction of all images predicted correctly; NaN without images.
  public var accuracy: Double {
    let right = counts.filter { $0.key.label == $0.key.predicted }.values.reduce(0, +)
    return Double(right) / Double(images.values.reduce(0, +))
  }

  /// Off-diagonal pairs, the most frequent first.
  public func mistakes() -> [(pair: Pair, count: Int)] {
    counts.filter { $0.key.label != $0.key.predicted }.map { (pair: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.pair.label, $0.pair.predicted) < ($0.count, $1.pair.label, $1.pair.predicted) }
  }
}
