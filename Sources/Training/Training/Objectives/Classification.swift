public import Layers
public import Losses
public import Tensors

/// One class per example: a model with scores `[B, C]` of an input field, and a field of labels, int32, int64 or uint8
/// `[B]`.
///
///     Classification(net, classes: 1000, metrics: [.accuracy, .top(5), .f1])
///
/// It measures `accuracy`, the fraction of examples whose greatest score is that of their label, unless other metrics
/// are asked for.
public struct Classification: Objective {
  private let predict: Predict
  public let loss: Loss
  public let classes: Int

  /// The field of labels.
  public let label: String

  /// The weight of each class in the training loss; nil for equal weights.
  ///
  /// As in PyTorch, the loss of a batch is the weighted mean. Evaluation ignores the weights.
  public let classWeights: [Double]?

  /// Examples with this label, which is none of a class, count for nothing: PyTorch's `ignore_index`.
  ///
  /// That holds for the loss and for metrics. Nil if all count.
  public let ignored: Int?

  /// What is measured; the first one decides which epoch is the best.
  public let metrics: [ClassificationMetric]

  /// - Parameters:
  ///   - input: the field that the model takes.
  ///   - label: the field of labels.
  ///   - ignored: a label whose examples count for nothing, such as −100.
  ///   - metrics: what is measured; the first decides which epoch is the best.
  public init(
    _ model: any Layer, classes: Int, loss: Loss = .softmaxCrossEntropy, input: String = "images",
    label: String = "labels", classWeights: [Double]? = nil, ignoring ignored: Int? = nil,
    metrics: [ClassificationMetric] = [.accuracy]
  ) {
    self.init(
      classes: classes, loss: loss, label: label, classWeights: classWeights, ignoring: ignored,
      metrics: metrics, model.predicting(from: input))
  }

  /// For a model that takes several fields.
  public init(
    classes: Int, loss: Loss = .softmaxCrossEntropy, label: String = "labels", classWeights: [Double]? = nil,
    ignoring ignored: Int? = nil, metrics: [ClassificationMetric] = [.accuracy], _ predict: @escaping Predict
  ) {
    precondition(
      classWeights.map { $0.count == classes } ?? true, "\(classes) classes take as many weights")
    (self.predict, self.classes, self.loss) = (predict, classes, loss)
    (self.label, self.classWeights, self.ignored, self.metrics) = (label, classWeights, ignored, metrics)
  }

  public var monitored: Monitored { metrics.first.map { Monitored($0.name, $0.direction) } ?? .loss }

  /// - Throws: `TrainingError.scores` for a model that does not give one score per class.
  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome {
    let scores = StepScope(.forward, "the model").building { predict(batch, pass) }
    let labels = batch[label].indicesInInt32
    try checkScores(scores, batch: batch.size, classes: classes)
    if let error = labels.error { throw error }
    let examples = ScoredExamples(
      scores: scores, labels: labels, ignoring: ignored, batchSize: batch.size)
    let losses = StepScope(.forward, "the loss").building {
      let losses = loss.perExample(scores, examples.labels)
      return examples.counts.map { losses * $0 } ?? losses
    }
    var weights: Tensor?
    if pass.mode == .training, let classWeights {
      weights = Tensor(classWeights.map { Float($0) }, shape: [classes]).gathered(at: examples.labels)
    }
    return Outcome(
      losses: losses, weights: weights, counts: examples.counts,
      metrics: metrics.map { $0.measure(examples) },
      outputs: ["scores": scores, "predicted": examples.predicted])
  }
}

/// - Throws: the scores' own error, or `TrainingError` if they are not one per class.
func checkScores(_ scores: Tensor, batch: Int, classes: Int) throws {
  if let error = scores.error { throw error }
  guard scores.shape == [batch, classes] else {
    throw TrainingError.scores(shape: "\(scores.shape)", expected: "[\(batch), \(classes)]")
  }
}
