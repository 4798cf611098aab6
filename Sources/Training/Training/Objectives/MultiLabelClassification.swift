public import Layers
public import Losses
public import Tensors

/// Several labels per example: a model with a logit for each, `[B, L]`, and a field of zeros and ones, `[L]`.
///
/// A label is predicted if its probability is above ½. Its metrics are `accuracy`, the fraction of labels
/// that are right, and `precision`, `recall`, `f1` and `iou` of the positive labels, over all labels
/// together.
public struct MultiLabelClassification: Objective {
  private let predict: Predict
  public let loss: Loss
  public let labels: String

  public init(
    _ model: any Layer, loss: Loss = .binaryCrossEntropy(), input: String = "x", labels: String = "labels"
  ) {
    self.init(loss: loss, labels: labels, model.predicting(from: input))
  }

  /// For a model that takes several fields.
  public init(
    loss: Loss = .binaryCrossEntropy(), labels: String = "labels", _ predict: @escaping Predict
  ) {
    (self.predict, self.loss, self.labels) = (predict, loss, labels)
  }

  public var monitored: Monitored { Monitored("f1", .higherIsBetter) }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let logits = StepScope(.forward, "the model").building { predict(batch, pass) }
    let losses = StepScope(.forward, "the loss").building { loss.perExample(logits, batch[labels]) }
    guard losses.error == nil else { return Outcome(losses: losses) }
    return Outcome(
      losses: losses, metrics: Metric.ofDetections(logits, batch[labels]),
      outputs: ["probabilities": sigmoid(logits)])
  }
}

extension Metric {
  /// The metrics of logits and targets of zeros and ones of the same shape.
  static func ofDetections(_ logits: Tensor, _ target: Tensor) -> [Metric] {
    let each = Shape([logits.shape[0], logits.shape.count / Swift.max(logits.shape[0], 1)])
    let found = (Tensor(0, dtype: logits.dtype) .< logits).cast(to: .float32).reshaped(each)
    let there = target.cast(to: .float32).reshaped(each)
    let width = Double(each[1])
    let (hits, founds, theres) = ((found * there).sum([1]), found.sum([1]), there.sum([1]))
    return [
      Metric("accuracy", .higherIsBetter, sums: [hits, founds, theres]) { sums, count in
        1 - (sums[1] + sums[2] - 2 * sums[0]) / (count * width)
      },
      Metric("precision", .higherIsBetter, sums: [hits, founds]) { sums, _ in sums[0] / sums[1] },
      Metric("recall", .higherIsBetter, sums: [hits, theres]) { sums, _ in sums[0] / sums[1] },
      Metric("f1", .higherIsBetter, sums: [hits, founds, theres]) { sums, _ in
        2 * sums[0] / (sums[1] + sums[2])
      },
      // Intersection over union, Jaccard's index.
      Metric("iou", .higherIsBetter, sums: [hits, founds, theres]) { sums, _ in
        sums[0] / (sums[1] + sums[2] - sums[0])
      },
    ]
  }
}
