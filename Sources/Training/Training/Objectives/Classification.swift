public import Layers
public import Losses
public import Tensors

/// One class per example: a model with scores `[B, C]` of an input field, and a field of labels, int32 `[B]`.
///
/// Its metric is `accuracy`, the fraction of examples whose predicted class is their label.
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

  /// - Parameters:
  ///   - input: the field that the model takes.
  ///   - label: the field of labels.
  public init(
    _ model: any Layer, classes: Int, loss: Loss = .softmaxCrossEntropy, input: String = "images",
    label: String = "labels", classWeights: [Double]? = nil
  ) {
    self.init(
      classes: classes, loss: loss, label: label, classWeights: classWeights, model.predicting(from: input))
  }

  /// For a model that takes several fields.
  public init(
    classes: Int, loss: Loss = .softmaxCrossEntropy, label: String = "labels", classWeights: [Double]? = nil,
    _ predict: @escaping Predict
  ) {
    precondition(
      classWeights.map { $0.count == classes } ?? true, "\(classes) classes take as many weights")
    (self.predict, self.classes, self.loss) = (predict, classes, loss)
    (self.label, self.classWeights) = (label, classWeights)
  }

  public var monitored: Monitored { Monitored("accuracy", .higherIsBetter) }

  /// - Throws: `TrainingError.scores` for a model that does not give one score per class.
  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome {
    let scores = StepScope(.forward, "the model").building { predict(batch, pass) }
    let labels = batch[label]
    try checkScores(scores, batch: batch.size, classes: classes)
    let losses = StepScope(.forward, "the loss").building { loss.perExample(scores, labels) }
    let predicted = scores.argmax()
    var weights: Tensor?
    if pass.mode == .training, let classWeights {
      weights = Tensor(classWeights.map { Float($0) }, shape: [classes]).gathered(at: labels)
    }
    let hits = (predicted .== labels).cast(to: .float32)
    return Outcome(
      losses: losses, weights: weights,
      metrics: [.mean("accuracy", .higherIsBetter, of: hits)],
      outputs: ["scores": scores, "predicted": predicted])
  }
}

/// - Throws: the scores' own error, or `TrainingError` if they are not one per class.
func checkScores(_ scores: Tensor, batch: Int, classes: Int) throws {
  if let error = scores.error { throw error }
  guard scores.shape == [batch, classes] else {
    throw TrainingError.scores(shape: "\(scores.shape)", expected: "[\(batch), \(classes)]")
  }
}
