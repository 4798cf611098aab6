public import Tensors

/// An objective's results for a batch.
public struct Outcome: Sendable {
  /// A loss per example, `[B]`, or one for all, `[]`.
  public let losses: Tensor

  /// The weight of each example in the loss, `[B]`; nil for equal weights.
  public let weights: Tensor?
  public let metrics: [Metric]

  /// The models' outputs, by name, as shown by `predict`.
  public let outputs: [(name: String, value: Tensor)]

  public init(
    losses: Tensor, weights: Tensor? = nil, metrics: [Metric] = [],
    outputs: KeyValuePairs<String, Tensor> = [:]
  ) {
    (self.losses, self.weights, self.metrics) = (losses, weights, metrics)
    self.outputs = outputs.map { (name: $0, value: $1) }
  }

  /// The loss of the batch, which training minimizes: the weighted mean.
  ///
  ///     Σ w l / Σ w
  public var loss: Tensor {
    guard losses.error == nil, losses.rank > 0 else { return losses }
    guard let weights else { return losses.mean() }
    return (losses * weights).sum() / weights.sum()
  }

  /// The first error of its tensors.
  var error: GraphError? {
    (outputs.map(\.value) + [losses] + [weights].compactMap { $0 } + metrics.flatMap(\.sums)).lazy
      .compactMap(\.error).first
  }

  /// Checks that losses and metrics have one entry per example.
  ///
  /// - Throws: the error of an invalid tensor; `TrainingError.setting`.
  func check(batchSize: Int) throws {
    if let error { throw error }
    guard losses.dtype.isFloating, losses.rank == 0 || losses.shape == [batchSize] else {
      throw TrainingError.setting(
        "the objective's losses are \(losses.dtype)\(losses.shape), but have to be floats [\(batchSize)], one for each "
          + "example, or one for all")
    }
    if let weights, weights.shape != [batchSize] || losses.rank == 0 {
      throw TrainingError.setting(
        "the weights of \(batchSize) losses \(losses.shape) are \(weights.shape), but have to be one for each"
      )
    }
    for metric in metrics {
      for sums in metric.sums where sums.rank == 0 || sums.shape[0] != batchSize || sums.rank > 2 {
        throw TrainingError.setting(
          "the metric '\(metric.name)' adds up \(sums.shape), but takes a row for each of \(batchSize) examples"
        )
      }
    }
  }
}
