public import Tensors

/// A batch with scores and labels, as metrics of a classification see it.
///
/// Each example has one label, or one for each of its pixels: a row for each.
public struct ScoredExamples: Sendable {
  /// Of each class, `[R, C]`.
  public let scores: Tensor

  /// The right classes, int32 `[R]`; 0 where that is ignored.
  public let labels: Tensor

  /// The classes of the greatest scores, int32 `[R]`.
  public let predicted: Tensor

  /// 1 for a row that counts, 0 for one whose label is ignored, float32 `[R]`; nil if all count.
  public let counts: Tensor?

  public let classes: Int
  let batchSize: Int

  init(scores: Tensor, labels: Tensor, ignoring ignored: Int?, batchSize: Int) {
    self.scores = scores
    self.batchSize = batchSize
    classes = scores.shape[1]
    predicted = scores.argmax()
    let isIgnored = ignored.map { labels .== Double($0) }
    counts = isIgnored.map { (.!$0).cast(to: .float32) }
    self.labels = isIgnored.map { select($0, Tensor(0, dtype: .int32), labels) } ?? labels
  }

  /// How many rows of each example count, `[B]`; nil if it is always one.
  var countsOfExamples: Tensor? {
    guard counts != nil || labels.shape[0] != batchSize else { return nil }
    return sums(of: Tensor.full(labels.shape, 1))
  }

  /// Sums over the rows of each example that count: `[R]` to `[B]`, or `[R, k]` to `[B, k]`.
  public func sums(of numbers: Tensor) -> Tensor {
    guard numbers.error == nil, numbers.rank > 0 else { return numbers }
    let width = Array(numbers.shape.dimensions.dropFirst())
    let counted =
      counts.map { numbers.cast(to: .float32) * $0.reshaped(Shape([$0.shape[0]] + width.map { _ in 1 })) }
      ?? numbers.cast(to: .float32)
    return labels.shape[0] == batchSize ? counted : rowsOfExamples(counted).sum([1])
  }

  /// The rows of each example, on an axis of their own: `[R, …]` to `[B, R / B, …]`.
  func rowsOfExamples(_ numbers: Tensor) -> Tensor {
    let rows = labels.shape[0] / Swift.max(batchSize, 1)
    return numbers.reshaped(Shape([batchSize, rows] + numbers.shape.dimensions.dropFirst()))
  }
}
