public import Layers
import Losses
public import Tensors

/// A class per pixel: a model with scores `[B, C, H, W]`, and a field of labels, int32, int64 or uint8 `[H, W]`.
///
/// The loss of an example is the mean of its pixels' cross-entropies; where some are ignored, an example counts in the
/// mean of a batch by how many of its pixels are not, which makes it the mean of all these pixels. It measures `iou`,
/// the mean over the classes that occur of what is found and there in what is found or there, and `accuracy`, the
/// fraction of pixels that are right, unless other metrics are asked for.
public struct PixelClassification: Objective {
  public let model: any Layer
  public let classes: Int
  public let input: String
  public let label: String
  /// Pixels with this label count for nothing: PyTorch's `ignore_index`.
  ///
  /// Nil if all count.
  public let ignored: Int?
  /// What is measured; the first one decides which epoch is the best.
  public let metrics: [ClassificationMetric]

  /// - Parameters:
  ///   - ignored: a label whose pixels count for nothing, such as 255.
  ///   - metrics: what is measured; the first decides which epoch is the best.
  public init(
    _ model: any Layer, classes: Int, input: String = "images", label: String = "masks",
    ignoring ignored: Int? = nil, metrics: [ClassificationMetric] = [.iou, .accuracy]
  ) {
    (self.model, self.classes, self.input, self.label) = (model, classes, input, label)
    (self.ignored, self.metrics) = (ignored, metrics)
  }

  public var monitored: Monitored { metrics.first.map { Monitored($0.name, $0.direction) } ?? .loss }

  /// - Throws: `TrainingError.scores` for a model that does not give one score per class and pixel.
  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome {
    let scores = StepScope(.forward, "the model").building { model.forward(batch[input], in: pass) }
    let labels = batch[label].cast(to: .int32)
    if let error = scores.error ?? labels.error { throw error }
    let expected = Shape([batch.size, classes] + labels.shape.dimensions.dropFirst())
    guard scores.shape == expected, scores.rank == 4 else {
      throw TrainingError.scores(shape: "\(scores.shape)", expected: "\(expected)")
    }
    let pixels = labels.shape.count / batch.size
    let examples = ScoredExamples(
      scores: scores.transposed([0, 2, 3, 1]).reshaped([batch.size * pixels, classes]),
      labels: labels.reshaped([batch.size * pixels]), ignoring: ignored, batchSize: batch.size)
    let counted = examples.counts.map { examples.rowsOfExamples($0).sum([1]) }
    let losses = StepScope(.forward, "the loss").building {
      let sums = examples.sums(of: softmaxCrossEntropy(examples.scores, examples.labels))
      return counted.map { sums / maximum($0, 1) } ?? sums / pixels
    }
    return Outcome(
      losses: losses, counts: counted.map { $0 / pixels }, metrics: metrics.map { $0.measure(examples) },
      outputs: ["scores": scores, "predicted": examples.predicted.reshaped(labels.shape)])
  }
}
