import Foundation
public import Tensors

/// A number that says how good a classification is: `Classification(model, classes: 10, metrics: [.accuracy,
/// .top(5)])`.
///
/// The first one decides which epoch is the best. Precision, recall, F1 and IoU without a class are means over the
/// classes that occur as labels or as predictions, each of the same weight; where a class's number would be 0 / 0 it is
/// 0, as in scikit-learn.
public struct ClassificationMetric: Sendable {
  /// By which histories, reports and settings have it: "accuracy".
  public let name: String
  public let direction: Metric.Direction
  let measure: @Sendable (ScoredExamples) -> Metric

  /// - Parameters:
  ///   - sums: what is added up, of each example one number, `[B]`, or several, `[B, k]`.
  ///   - value: the metric of the sums over all examples, one after another, and of their number.
  public init(
    _ name: String, _ direction: Metric.Direction, sums: @escaping @Sendable (ScoredExamples) -> [Tensor],
    value: @escaping @Sendable (_ sums: [Double], _ count: Double) -> Double
  ) {
    (self.name, self.direction) = (name, direction)
    measure = { Metric(name, direction, sums: sums($0), value: value) }
  }

  /// - Parameters:
  ///   - numbers: what is kept of each example, one number, `[B]`, or several, `[B, k]`.
  ///   - value: the metric of the numbers of all examples: of each tensor kept one list, row-major.
  public init(
    _ name: String, _ direction: Metric.Direction,
    keeping numbers: @escaping @Sendable (ScoredExamples) -> [Tensor],
    value: @escaping @Sendable (_ numbers: [[Double]]) -> Double
  ) {
    (self.name, self.direction) = (name, direction)
    measure = { Metric(name, direction, keeping: numbers($0), value: value) }
  }

  /// The mean over all rows that count.
  ///
  /// - Parameters:
  ///   - numbers: of each row, `[R]`.
  ///   - value: what becomes of the mean.
  public static func mean(
    _ name: String, _ direction: Metric.Direction,
    of numbers: @escaping @Sendable (ScoredExamples) -> Tensor,
    value: @escaping @Sendable (_ mean: Double) -> Double = { $0 }
  ) -> ClassificationMetric {
    ClassificationMetric(
      name, direction,
      sums: { [$0.sums(of: numbers($0))] + [$0.countsOfExamples].compactMap { $0 } },
      value: { sums, count in value(sums[0] / (sums.count > 1 ? sums[1] : count)) })
  }
}

extension ClassificationMetric {
  /// The fraction whose greatest score is that of their label.
  public static let accuracy = mean("accuracy", .higherIsBetter) { ($0.predicted .== $0.labels) }

  /// The fraction whose label is among the k greatest scores, of equal ones the first: "top5".
  public static func top(_ k: Int) -> ClassificationMetric {
    precondition(k > 0, "the \(k) greatest scores are none")
    return mean("top\(k)", .higherIsBetter) { examples in
      let scores = examples.scores
      guard scores.error == nil, examples.labels.error == nil else { return examples.labels }
      let own = examples.labels.expanded(at: 1)
      let score = scores.taken(at: own, axis: 1)
      let isAhead = select(scores .== score, Tensor.indices(examples.classes) .< own, score .< scores)
      // A NaN is behind nothing and among nothing.
      return (isAhead.cast(to: .int32).sum([1]) .< Double(k)) .& (score .== score).squeezed(1)
    }
  }

  /// e to the mean cross-entropy: between how many classes the model hesitates.
  public static let perplexity = mean(
    "perplexity", .lowerIsBetter, of: { softmaxCrossEntropy($0.scores, $0.labels) }, value: { exp($0) })

  /// Of what is taken for a class, what is of it; the mean over classes.
  public static let precision = ofClasses("precision") { $0.precision }

  /// Of what is of a class, what is taken for it; the mean over classes.
  public static let recall = ofClasses("recall") { $0.recall }

  /// The harmonic mean of precision and recall; the mean over classes.
  public static let f1 = ofClasses("f1") { $0.f1 }

  /// Of what is of a class or taken for it, what is both; the mean over classes.
  public static let iou = ofClasses("iou") { $0.iou }

  /// Of one class: "precision.3".
  public static func precision(of number: Int) -> ClassificationMetric {
    ofClass(number, "precision") { $0.precision }
  }

  /// Of one class: "recall.3".
  public static func recall(of number: Int) -> ClassificationMetric {
    ofClass(number, "recall") { $0.recall }
  }

  /// Of one class: "f1.3".
  public static func f1(of number: Int) -> ClassificationMetric { ofClass(number, "f1") { $0.f1 } }

  /// Of one class: "iou.3".
  public static func iou(of number: Int) -> ClassificationMetric { ofClass(number, "iou") { $0.iou } }

  /// The area under the receiver operating characteristic: how likely it is that of two examples, one of a class and
  /// one not, the former has the greater score; ties count half.
  ///
  /// Of two classes that is of the second one, by the difference of scores; of more the mean over all classes, each
  /// against the rest, by probability, of which those do not count that have no examples, or all. It is exact, by the
  /// ranks of all examples: each score is kept until they are there, 4 bytes for each of two classes' examples, and 4 C
  /// bytes of more.
  ///
  /// - SeeAlso: Hanley & McNeil 1982, "The meaning and use of the area under a receiver operating characteristic
  ///   curve".
  public static let auc = ClassificationMetric(
    "auc", .higherIsBetter, keeping: { marginsAndLabels(of: $0) },
    value: { numbers in
      let (scores, labels) = (numbers[0], numbers[1])
      let width = scores.count / Swift.max(labels.count, 1)
      let rows = labels.indices.filter { labels[$0] >= 0 }
      return (0..<width).map { column in
        areaUnderROC(
          rows.map { scores[$0 * width + column] },
          isPositive: rows.map { labels[$0] == Double(width == 1 ? 1 : column) })
      }.meanOfNumbers
    })

  /// Of the second of two classes the difference of scores, of more their logarithms of probabilities; and the labels,
  /// −1 where ignored.
  private static func marginsAndLabels(of examples: ScoredExamples) -> [Tensor] {
    let scores = examples.scores
    guard scores.error == nil, examples.labels.error == nil else { return [scores, examples.labels] }
    let labels = examples.labels.cast(to: .float32)
    let marked = examples.counts.map { select($0 .== 0, Tensor(-1), labels) } ?? labels
    let margins = examples.classes == 2 ? scores[.all, 1] - scores[.all, 0] : logSoftmax(scores)
    let rows = examples.rowsOfExamples(margins)
    return [
      rows.reshaped([rows.shape[0], rows.shape.count / Swift.max(rows.shape[0], 1)]),
      examples.rowsOfExamples(marked),
    ]
  }
}

/// The counts of a class, from which precision, recall, F1 and IoU follow.
struct ClassCounts {
  /// True positives.
  let both: Double
  /// Predicted positives.
  let found: Double
  /// Actual positives.
  let there: Double

  var precision: Double { ratio(both, found) }
  var recall: Double { ratio(both, there) }
  var f1: Double { ratio(2 * both, found + there) }
  var iou: Double { ratio(both, found + there - both) }

  private func ratio(_ a: Double, _ b: Double) -> Double { b > 0 ? a / b : 0 }
}

extension ClassificationMetric {
  private static func ofClasses(
    _ name: String, _ value: @escaping @Sendable (ClassCounts) -> Double
  ) -> ClassificationMetric {
    ClassificationMetric(
      name, .higherIsBetter,
      sums: { examples in
        let found = examples.predicted.oneHot(examples.classes)
        let there = examples.labels.oneHot(examples.classes)
        return [found * there, found, there].map { examples.sums(of: $0) }
      }, value: { sums, _ in ClassCounts.mean(of: sums, value) })
  }

  private static func ofClass(
    _ number: Int, _ name: String, _ value: @escaping @Sendable (ClassCounts) -> Double
  ) -> ClassificationMetric {
    ClassificationMetric(
      "\(name).\(number)", .higherIsBetter,
      sums: { examples in
        let found = (examples.predicted .== Double(number)).cast(to: .float32)
        let there = (examples.labels .== Double(number)).cast(to: .float32)
        return [found * there, found, there].map { examples.sums(of: $0) }
      },
      value: { sums, _ in value(ClassCounts(both: sums[0], found: sums[1], there: sums[2])) })
  }
}

extension ClassCounts {
  /// The mean over the classes that occur.
  ///
  /// - Parameter sums: what is both of each class, then what is found, then what is there.
  static func mean(of sums: [Double], _ value: (ClassCounts) -> Double) -> Double {
    let classes = sums.count / 3
    return (0..<classes).map { c -> Double in
      let counts = ClassCounts(both: sums[c], found: sums[classes + c], there: sums[2 * classes + c])
      return counts.found + counts.there > 0 ? value(counts) : .nan
    }.meanOfNumbers
  }
}

/// The part of all pairs of a positive and another example in which the positive one has the greater score, ties
/// counted half; NaN if there are no pairs, or a score is none.
///
///     (Σ ranks of positives − p (p + 1) / 2) / (p n)
func areaUnderROC(_ scores: [Double], isPositive: [Bool]) -> Double {
  let positives = isPositive.count { $0 }
  let negatives = scores.count - positives
  guard positives > 0, negatives > 0, scores.allSatisfy({ !$0.isNaN }) else { return .nan }
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var ranks = 0.0
  var first = 0
  while first < order.count {
    var end = first
    while end < order.count, scores[order[end]] == scores[order[first]] { end += 1 }
    // Equal scores share the mean of their ranks, first + 1 … end.
    ranks += Double(order[first..<end].count { isPositive[$0] }) * Double(first + 1 + end) / 2
    first = end
  }
  let (p, n) = (Double(positives), Double(negatives))
  return (ranks - p * (p + 1) / 2) / (p * n)
}

extension [Double] {
  /// The mean of those that are numbers; NaN if none is.
  var meanOfNumbers: Double {
    let numbers = filter { !$0.isNaN }
    return numbers.reduce(0, +) / Double(numbers.count)
  }
}
