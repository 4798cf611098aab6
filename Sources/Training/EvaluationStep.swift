import Programs
import Tensors

/// One batch of a measurement as a program, which adds to what came before.
struct EvaluationStep {
  /// Examples at a time.
  static let usualBatch = 250

  /// The same where memory is short.
  static let smallBatch = 15

  /// A metric, and where its sums are.
  struct MetricSums {
    let name: String
    let sums: [State]
    let value: @Sendable ([Double], Double) -> Double
  }

  /// The examples that are measured.
  let count: Int

  /// How often the program runs.
  let batches: Int

  /// The losses so far.
  let loss: State
  /// What they are divided by: the examples, or, of one loss for all of a batch, the batches.
  let lossCount: Int
  let metrics: [MetricSums]
  private let cursor: State
  /// Where it finds its batches.
  let data: BatchSource
  /// Examples in a batch.
  let batchSize: Int
  let program: Program
  /// The numbers of the objective's outputs among the program's, where it has them.
  let outputs: [String: Int]

  /// What starts from zero with each measurement.
  var sums: [State] { [cursor] + metrics.flatMap(\.sums) + [loss] }

  /// - Parameter shown: the objective's outputs that are the program's, too.
  init(
    _ objective: any Objective, states: StateStore, preparation: any Preparation, on data: BatchSource,
    name: String, count: Int, batchSize batch: Int, precision: Precision, showing shown: [String] = []
  ) throws {
    (self.data, self.count, batchSize) = (data, count, batch)
    batches = (count + batch - 1) / batch
    cursor = State("\(name).evaluation.cursor", [], dtype: .int32, role: .data)
    loss = State("\(name).evaluation.loss", [], role: .data)

    let numbers = cursor.value * Double(batch) + Tensor.indices(batch)
    // The last batch may reach beyond the set. Its surplus examples, whatever they are, count for nothing.
    let counts = (numbers .< Double(count)).cast(to: .float32)
    let examples = preparation(data.batch(cursor.value, at: numbers), mode: .evaluation, random: nil)
    let pass = Pass(.evaluation, states: states, precision: precision)
    let measured = try objective.measure(examples, in: pass)
    try measured.check(batchSize: batch)
    var metrics: [MetricSums] = []
    var sums: [Assignment] = []
    for metric in measured.metrics {
      let own = metric.sums.enumerated().map { index, numbers in
        let place = metric.sums.count > 1 ? ".\(index)" : ""
        return (
          State(
            "\(name).evaluation.\(metric.name)\(place)", Shape(Array(numbers.shape.dimensions.dropFirst())),
            role: .data),
          numbers.cast(to: .float32)
        )
      }
      metrics.append(MetricSums(name: metric.name, sums: own.map(\.0), value: metric.value))
      sums += own.map { state, numbers in
        let counted =
          numbers.rank == 1 ? (numbers * counts).sum() : (numbers * counts.reshaped([batch, 1])).sum([0])
        return Assignment(state, state.value + counted)
      }
    }
    self.metrics = metrics
    let isSingle = measured.losses.rank == 0
    lossCount = isSingle ? batches : count
    let total = isSingle ? measured.losses : (measured.losses * counts).sum()
    let shown = measured.outputs.filter { shown.contains($0.name) }
    outputs = Dictionary(
      shown.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    program = try Program(
      "evaluate \(name)", outputs: shown.map { ($0.name, $0.value) },
      assignments: [Assignment(cursor, cursor.value + 1)] + sums
        + [Assignment(loss, loss.value + total.cast(to: .float32))])
  }
}
