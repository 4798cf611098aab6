import Layers
import Losses
import Programs
import Tensors

/// One batch of a measurement as a program, which adds to what came before.
struct EvaluationStep {
  /// Images at a time.
  static let usualBatch = 250

  /// The same where memory is short.
  static let smallBatch = 15

  /// The images that are measured.
  let count: Int

  /// How often the program runs.
  let batches: Int

  /// The losses and the hits so far.
  let loss: State
  let correct: State
  private let cursor: State
  /// Where it finds its batches.
  let data: BatchSource
  /// Images in a batch.
  let batchSize: Int
  let program: Program

  /// What starts from zero with each measurement.
  var sums: [State] { [cursor, correct, loss] }

  /// - Parameter hasPredictions: whether the program's output is what each image of a batch is taken for.
  init(
    _ model: any Layer, states: StateStore, normalizer: PixelNormalizer, loss: Loss, on data: BatchSource,
    name: String, count: Int, batchSize batch: Int, classes: Int, precision: Precision,
    hasPredictions: Bool = false
  ) throws {
    (self.data, self.count, batchSize) = (data, count, batch)
    batches = (count + batch - 1) / batch
    cursor = State("\(name).evaluation.cursor", [], dtype: .int32, role: .data)
    correct = State("\(name).evaluation.correct", [], role: .data)
    self.loss = State("\(name).evaluation.loss", [], role: .data)

    let numbers = cursor.value * Double(batch) + Tensor.indices(batch)
    // The last batch may reach beyond the set. Its surplus images, whatever they are, count for nothing.
    let counts = (numbers .< Double(count)).cast(to: .float32)
    let (images, labels) = data.batch(cursor.value, at: numbers)
    let pass = Pass(.evaluation, states: states, precision: precision)
    let scores = model.forward(normalizer(images), in: pass)
    try checkScores(scores, batch: batch, classes: classes)
    let predicted = scores.argmax()
    let hits = (predicted .== labels).cast(to: .float32)
    program = try Program(
      "evaluate \(name)", outputs: hasPredictions ? [("predicted", predicted)] : [],
      assignments: [
        Assignment(cursor, cursor.value + 1),
        Assignment(correct, correct.value + (hits * counts).sum()),
        Assignment(self.loss, self.loss.value + (loss.perExample(scores, labels) * counts).sum()),
      ])
  }
}
