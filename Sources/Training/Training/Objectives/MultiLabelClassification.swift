public import Layers
public import Losses
public import Tensors

/// Several labels per example: a model with a logit for each, `[B, L]`, and a field of zeros and ones, `[L]`.
///
/// A label is predicted where its probability is above ½. It measures `f1`, `accuracy`, the fraction of labels that are
/// right, `precision`, `recall` and `iou` of the labels that are there, over all labels together, unless other metrics
/// are asked for.
public struct MultiLabelClassification: Objective {
  private let predict: Predict
  public let loss: Loss
  public let labels: String
  public let metrics: [MultiLabelMetric]

  public static let usualMetrics: [MultiLabelMetric] = [.f1, .accuracy, .precision, .recall, .iou]

  /// - Parameter metrics: what is measured; the first decides which epoch is the best.
  public init(
    _ model: any Layer, loss: Loss = .binaryCrossEntropy(), input: String = "x", labels: String = "labels",
    metrics: [MultiLabelMetric] = usualMetrics
  ) {
    self.init(loss: loss, labels: labels, metrics: metrics, model.predicting(from: input))
  }

  /// For a model that takes several fields.
  public init(
    loss: Loss = .binaryCrossEntropy(), labels: String = "labels",
    metrics: [MultiLabelMetric] = usualMetrics, _ predict: @escaping Predict
  ) {
    (self.predict, self.loss, self.labels, self.metrics) = (predict, loss, labels, metrics)
  }

  public var monitored: Monitored { metrics.first.map { Monitored($0.name, $0.direction) } ?? .loss }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let logits = StepScope(.forward, "the model").building { predict(batch, pass) }
    let losses = StepScope(.forward, "the loss").building { loss.perExample(logits, batch[labels]) }
    guard losses.error == nil else { return Outcome(losses: losses) }
    let each = Shape([logits.shape[0], logits.shape.count / Swift.max(logits.shape[0], 1)])
    let (rows, targets) = (logits.reshaped(each), batch[labels].cast(to: .float32).reshaped(each))
    return Outcome(
      losses: losses, metrics: metrics.map { $0.measure(rows, targets) },
      outputs: ["probabilities": sigmoid(logits)])
  }
}
