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
    for state in evaluation.sums {
      try backend.write(state.initial.values(for: state, seed: 0), to: state)
    }
    if let feed {
      try feed.run(from: 0, count: evaluation.batches)
    } else {
      try executable.run(steps: evaluation.batches)
    }
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
