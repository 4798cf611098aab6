public import Tensors

/// An objective's results for a batch.
public struct Outcome: Sendable {
  /// A loss per example, `[B]`, or one for all, `[]`.
  public let losses: Tensor

  /// The weight of each example in the loss, `[B]`; nil for equal weights.
  public let weights: Tensor?

  /// How much of each example there is to judge, `[B]`: 0 where its label is ignored; nil for 1 everywhere.
  ///
  /// It counts in the loss of training and in the one that is measured.
  public let counts: Tensor?
  public let metrics: [Metric]

  /// The models' outputs, by name, as shown by `predict`.
  public let outputs: [(name: String, value: Tensor)]

  public init(
    losses: Tensor, weights: Tensor? = nil, counts: Tensor? = nil, metrics: [Metric] = [],
    outputs: KeyValuePairs<String, Tensor> = [:]
  ) {
    (self.losses, self.weights, self.counts, self.metrics) = (losses, weights, counts, metrics)
    self.outputs = outputs.map { (name: $0, value: $1) }
  }

  /// The loss of the batch, which training makes small: the mean, by the examples' weights and by how much of them
  /// counts.
  ///
  ///     Σ w c l / Σ w c
  ///
  /// It is 0 of a batch of which nothing counts.
  public var loss: Tensor {
    guard losses.error == nil, losses.rank > 0 else { return losses }
    guard let counts else {
      guard let weights else { return losses.mean() }
      return (losses * weights).sum() / weights.sum()
    }
    let shares = weights.map { $0 * counts } ?? counts
    let total = shares.sum()
    return (losses * shares).sum() / select(total .== 0, Tensor(1, dtype: total.dtype), total)
  }

  /// The first error of its tensors.
  var error: GraphError? {
    let parts = metrics.flatMap { $0.sums + $0.numbers }
    return (outputs.map(\.value) + [losses] + [weights, counts].compactMap { $0 } + parts).lazy
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
    for (name, numbers) in [("weights", weights), ("counts", counts)] {
      guard let numbers, numbers.shape != [batchSize] || losses.rank == 0 else { continue }
      throw TrainingError.setting(
        "the \(name) of \(batchSize) losses \(losses.shape) are \(numbers.shape), but have to be one for each"
      )
    }
    for metric in metrics {
      for (verb, parts) in [("adds up", metric.sums), ("keeps", metric.numbers)] {
        for part in parts where part.rank == 0 || part.shape[0] != batchSize || part.rank > 2 {
          throw TrainingError.setting(
            "the metric '\(metric.name)' \(verb) \(part.shape), but takes a row for each of \(batchSize) examples"
          )
        }
      }
    }
  }
}
