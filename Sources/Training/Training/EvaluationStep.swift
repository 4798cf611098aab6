import Programs
import Tensors

/// One batch of an evaluation as a program, which accumulates its results in states.
///
/// Per-example numbers are stored individually and summed by the host in float64: results do not depend on
/// the batch size. Of per-example vectors, such as hits per class, each batch's sum is stored. So every result has a row for each batch,
/// whichever process computes it.
struct EvaluationStep {
  /// Examples per batch.
  static let usualBatch = 250

  /// Examples per batch if memory is short.
  static let smallBatch = 15

  /// A quantity to be summed.
  struct Sum {
    let state: State
    /// True if the state holds one number per example, not one vector per batch.
    let isOfExamples: Bool
  }

  /// A metric, with its sums.
  struct MetricSums {
    let name: String
    let sums: [Sum]
    /// What is kept of examples, with how many numbers there are of each.
    let numbers: [(state: State, width: Int)]
    let value: @Sendable (Metric.Totals) -> Double
  }

  /// The number of examples evaluated.
  let count: Int

  /// The number of runs of the program.
  let batches: Int

  /// The losses: per example or, for an objective with one loss per batch, per batch.
  let losses: State
  /// Their number.
  let lossCount: Int
  /// The weight of each example in means; nil for 1.
  let counts: State?
  let metrics: [MetricSums]
  /// The next batch, an int32 scalar.
  let cursor: State
  /// The source of its batches.
  let data: BatchSource
  /// Examples per batch.
  let batchSize: Int
  let program: Program
  /// The program's output index of each of the objective's outputs, if any.
  let outputs: [String: Int]

  /// What batches leave behind, each a row.
  var results: [State] {
    [losses] + [counts].compactMap(\.self)
      + metrics.flatMap { $0.sums.map(\.state) + $0.numbers.map(\.state) }
  }

  /// - Parameter shown: the objective's outputs that are outputs of the program, too.
  init(
    _ objective: any Objective, states: StateStore, preparation: any Preparation, on data: BatchSource,
    name: String, count: Int, batchSize batch: Int, precision: Precision, showing shown: [String] = []
  ) throws {
    (self.data, self.count, batchSize) = (data, count, batch)
    batches = (count + batch - 1) / batch
    let cursor = State("\(name).evaluation.cursor", [], dtype: .int32, role: .data)
    self.cursor = cursor
    let numbers = cursor.value * Double(batch) + Tensor.indices(batch)
    // The last batch may reach beyond the set. Its surplus examples, whatever they are, count for nothing.
    let isInside = (numbers .< Double(count)).cast(to: .float32)
    let examples = preparation(data.batch(cursor.value, at: numbers), mode: .evaluation, random: nil)
    let pass = Pass(.evaluation, states: states, precision: precision)
    let measured = try objective.measure(examples, in: pass)
    try measured.check(batchSize: batch)
    let batches = self.batches
    func kept(_ numbers: Tensor, as part: String, of shape: Shape) -> (State, Assignment) {
      let state = State("\(name).evaluation.\(part)", shape, role: .data)
      return (
        state, Assignment(state, state.value.replacing(row: cursor.value, with: numbers.cast(to: .float32)))
      )
    }
    var assignments = [Assignment(cursor, cursor.value + 1)]
    metrics = measured.metrics.map { metric in
      let sums = metric.sums.enumerated().map { index, numbers in
        let part = metric.name + (metric.sums.count > 1 ? ".\(index)" : "")
        if numbers.rank == 1 {
          let (state, assignment) = kept(numbers, as: part, of: [batches, batch])
          assignments.append(assignment)
          return Sum(state: state, isOfExamples: true)
        }
        let counted = numbers.cast(to: .float32) * isInside.reshaped([batch, 1])
        let (state, assignment) = kept(counted.sum([0]), as: part, of: [batches, numbers.shape[1]])
        assignments.append(assignment)
        return Sum(state: state, isOfExamples: false)
      }
      let numbers = metric.numbers.enumerated().map { index, numbers in
        let each = numbers.shape.dimensions
        let (state, assignment) = kept(
          numbers, as: "\(metric.name).numbers.\(index)", of: Shape([batches] + each))
        assignments.append(assignment)
        return (state: state, width: each.dropFirst().reduce(1, *))
      }
      return MetricSums(name: metric.name, sums: sums, numbers: numbers, value: metric.value)
    }
    let isSingle = measured.losses.rank == 0
    lossCount = isSingle ? batches : count
    let loss = kept(measured.losses, as: "loss", of: isSingle ? [batches] : [batches, batch])
    losses = loss.0
    assignments.append(loss.1)
    let counted = measured.counts.map { kept($0, as: "counts", of: [batches, batch]) }
    self.counts = counted?.0
    if let counted { assignments.append(counted.1) }
    let shown = measured.outputs.filter { shown.contains($0.name) }
    outputs = Dictionary(
      shown.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    program = try Program(
      "evaluate \(name)", outputs: shown.map { ($0.name, $0.value) },
      assignments: assignments)
  }
}
