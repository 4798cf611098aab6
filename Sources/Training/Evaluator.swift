import Datasets
import Layers
import Losses
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

/// Measures a model on the first images of a resident set, batch after batch, adding up on the device.
final class Evaluator {
  /// Images at a time.
  static let usualBatch = 250

  /// The same where memory is short.
  static let smallBatch = 15

  /// What is computed, before there is memory for it.
  struct Plan {
    let program: Program
    let count: Int
    let batches: Int
    let cursor: State
    let correct: State
    let loss: State

    init(
      _ model: any Layer, states: StateStore, normalizer: PixelNormalizer, loss: Loss,
      on data: ResidentImages, name: String, count: Int, classes: Int, precision: Precision, batchSize: Int
    ) throws {
      self.count = count
      let batch = min(batchSize, count)
      batches = (count + batch - 1) / batch
      cursor = State("\(name).evaluation.cursor", [], dtype: .int32, role: .data)
      correct = State("\(name).evaluation.correct", [], role: .data)
      self.loss = State("\(name).evaluation.loss", [], role: .data)

      let numbers = cursor.value * Double(batch) + Tensor.indices(batch)
      // The last batch may reach beyond the set. Its surplus images, whatever they are, count for nothing.
      let counts = (numbers .< Double(count)).cast(to: .float32)
      let (images, labels) = data.batch(at: numbers)
      let pass = Pass(.evaluation, states: states, precision: precision)
      let scores = model.forward(normalizer(images), in: pass)
      try checkScores(scores, batch: batch, classes: classes)
      let hits = (scores.argmax() .== labels).cast(to: .float32)
      program = try Program(
        "evaluate \(name)",
        assignments: [
          Assignment(cursor, cursor.value + 1),
          Assignment(correct, correct.value + (hits * counts).sum()),
          Assignment(self.loss, self.loss.value + (loss.perExample(scores, labels) * counts).sum()),
        ])
    }
  }

  private let plan: Plan
  private let backend: any Backend
  private let executable: any Executable

  init(_ plan: Plan, on backend: any Backend) throws {
    self.plan = plan
    self.backend = backend
    executable = try backend.compile(plan.program)
  }

  /// Makes what measuring needs, so that `evaluate` makes nothing.
  func prepare() throws { try executable.prepare(steps: plan.batches) }

  func evaluate() throws -> Evaluation {
    for state in [plan.cursor, plan.correct, plan.loss] {
      try backend.write(state.initial.values(for: state, seed: 0), to: state)
    }
    try executable.run(steps: plan.batches)
    return Evaluation(
      loss: try backend.read(plan.loss).doubles[0] / Double(plan.count),
      accuracy: try backend.read(plan.correct).doubles[0] / Double(plan.count), count: plan.count)
  }
}

/// - Throws: the scores' own error, or `TrainingError` if they are not one for each class.
func checkScores(_ scores: Tensor, batch: Int, classes: Int) throws {
  if let error = scores.error { throw error }
  guard scores.shape == [batch, classes] else {
    throw TrainingError.scores(shape: "\(scores.shape)", expected: "[\(batch), \(classes)]")
  }
}
