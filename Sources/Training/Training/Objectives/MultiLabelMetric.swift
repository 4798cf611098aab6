public import Tensors

/// A number that says how good a classification by several labels is: `MultiLabelClassification(model, metrics: [.f1,
/// .auc])`.
///
/// The first one decides which epoch is the best. Precision, recall, F1 and IoU are of the labels that are there, over
/// all labels together; "macro" ones are means over the labels that occur. Where they would be 0 / 0 they are 0.
public struct MultiLabelMetric: Sendable {
  /// By which histories, reports and settings have it: "f1".
  public let name: String
  public let direction: Metric.Direction
  let measure: @Sendable (_ logits: Tensor, _ targets: Tensor) -> Metric

  /// - Parameter measure: the metric of logits and of zeros and ones, `[B, L]`, by this name and direction.
  public init(
    _ name: String, _ direction: Metric.Direction,
    measure: @escaping @Sendable (_ logits: Tensor, _ targets: Tensor) -> Metric
  ) {
    (self.name, self.direction, self.measure) = (name, direction, measure)
  }

  /// The fraction of labels that are right.
  public static let accuracy = MultiLabelMetric("accuracy", .higherIsBetter) { logits, targets in
    let width = Double(targets.shape[1])
    return Metric("accuracy", .higherIsBetter, sums: counts(logits, targets).map { $0.sum([1]) }) {
      sums, count in
      1 - (sums[1] + sums[2] - 2 * sums[0]) / (count * width)
    }
  }

  public static let precision = ofAll("precision") { $0.precision }
  public static let recall = ofAll("recall") { $0.recall }
  public static let f1 = ofAll("f1") { $0.f1 }
  public static let iou = ofAll("iou") { $0.iou }
  public static let macroPrecision = ofEach("macro-precision") { $0.precision }
  public static let macroRecall = ofEach("macro-recall") { $0.recall }
  public static let macroF1 = ofEach("macro-f1") { $0.f1 }

  /// The area under the receiver operating characteristic, the mean over the labels that some examples have and others
  /// have not; of one label that of a decision between two.
  ///
  /// As `ClassificationMetric.auc` it is exact, and keeps 4 L bytes of each example twice.
  public static let auc = MultiLabelMetric("auc", .higherIsBetter) { logits, targets in
    let width = targets.shape[1]
    return Metric("auc", .higherIsBetter, keeping: [logits, targets]) { numbers in
      (0..<width).map { label in
        let places = stride(from: label, to: numbers[0].count, by: width)
        return areaUnderROC(places.map { numbers[0][$0] }, isPositive: places.map { numbers[1][$0] > 0.5 })
      }.meanOfNumbers
    }
  }

  /// Of each label, `[B, L]`: 1 where it is there and found, where it is found, where it is there.
  private static func counts(_ logits: Tensor, _ targets: Tensor) -> [Tensor] {
    let found = (Tensor(0, dtype: logits.dtype) .< logits).cast(to: .float32)
    return [found * targets, found, targets]
  }

  private static func ofAll(
    _ name: String, _ value: @escaping @Sendable (ClassCounts) -> Double
  ) -> MultiLabelMetric {
    MultiLabelMetric(name, .higherIsBetter) { logits, targets in
      Metric(name, .higherIsBetter, sums: counts(logits, targets).map { $0.sum([1]) }) { sums, _ in
        value(ClassCounts(both: sums[0], found: sums[1], there: sums[2]))
      }
    }
  }

  private static func ofEach(
    _ name: String, _ value: @escaping @Sendable (ClassCounts) -> Double
  ) -> MultiLabelMetric {
    MultiLabelMetric(name, .higherIsBetter) { logits, targets in
      Metric(name, .higherIsBetter, sums: counts(logits, targets)) { sums, _ in
        ClassCounts.mean(of: sums, value)
      }
    }
  }
}
