import Datasets
import Programs
import Tensors

/// What a model does on a set of images.
public struct Evaluation: Hashable, Sendable {
  /// The mean loss, without any penalty on weights.
  public let loss: Double

  /// The fraction of images whose greatest score is that of their label.
  public let accuracy: Double
  public let count: Int
}

/// Measures a model on the first images of a set, batch after batch, adding up on the device.
final class Evaluator {
  private let backend: any Backend
  private let executable: any Executable
  private let evaluation: EvaluationStep
  /// Nil where the images are resident.
  private let feed: BatchFeed?

  /// - Parameter images: those of the set, for a ring to be filled with.
  init(_ evaluation: EvaluationStep, of images: LabeledImages, on backend: any Backend) throws {
    self.backend = backend
    self.evaluation = evaluation
    let executable = try backend.compile(evaluation.program)
    self.executable = executable
    feed = try evaluation.data.ring.map { ring in
      let order = SequentialOrder(batchSize: evaluation.batchSize, count: evaluation.count)
      return try BatchFeed(ring, of: images, in: order, for: executable, on: backend)
    }
  }

  /// Makes what measuring needs, so that `evaluate` makes nothing.
  func prepare() throws { try executable.prepare(steps: evaluation.batches) }

  func evaluate() throws -> Evaluation {
    try begin()
    try run(from: 0, count: evaluation.batches)
    return try result()
  }

  /// The same, batch by batch, with what the images are taken for.
  ///
  /// - Parameter labels: theirs.
  func evaluateWithConfusion(labels: [Int32]) throws -> (evaluation: Evaluation, confusion: Confusion) {
    try begin()
    var confusion = Confusion()
    for batch in 0..<evaluation.batches {
      try run(from: batch, count: 1)
      let first = batch * evaluation.batchSize
      let own = labels[first..<min(first + evaluation.batchSize, evaluation.count)]
      for (label, predicted) in zip(own, try executable.output(0).elements(as: Int32.self)) {
        confusion.add(label: Int(label), predicted: Int(predicted))
      }
    }
    return (try result(), confusion)
  }

  private func begin() throws {
    for state in evaluation.sums {
      try backend.write(state.initial.values(for: state, seed: 0), to: state)
    }
  }

  private func run(from batch: Int, count: Int) throws {
    if let feed {
      try feed.run(from: batch, count: count)
    } else {
      try executable.run(steps: count)
    }
  }

  private func result() throws -> Evaluation {
    let count = evaluation.count
    return Evaluation(
      loss: try backend.read(evaluation.loss).doubles[0] / Double(count),
      accuracy: try backend.read(evaluation.correct).doubles[0] / Double(count), count: count)
  }
}

/// - Throws: the scores' own error, or `TrainingError` if they are not one for each class.
func checkScores(_ scores: Tensor, batch: Int, classes: Int) throws {
  if let error = scores.error { throw error }
  guard scores.shape == [batch, classes] else {
    throw TrainingError.scores(shape: "\(scores.shape)", expected: "[\(batch), \(classes)]")
  }
}
