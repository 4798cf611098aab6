import Programs
import Tensors

/// One batch of a measurement as a program, which keeps what it found beside what came before.
///
/// Numbers of examples are kept one by one, and added up by the host in float64: what comes out does not depend on the size of
/// batches. Only vectors of examples, such as hits of each class, are added up on the device.
struct EvaluationStep {
  /// Examples at a time.
  static let usualBatch = 250

  /// The same where memory is short.
  static let smallBatch = 15

  /// What is added up over examples.
  struct Sum {
    let state: State
    /// Whether the state holds a number for each example, and not the sum.
    let isOfExamples: Bool
  }

  /// A metric, and what it is made of.
  struct MetricSums {
    let name: String
    let sums: [Sum]
    /// What is kept of examples, with how many numbers there are of each.
    let numbers: [(state: State, width: Int)]
    let value: @Sendable (Metric.Totals) -> Double
  }

  /// The examples that are measured.
  let count: Int

  /// How often the program runs.
  let batches: Int

  /// The losses: of examples, or, of an objective with one loss for all of a batch, of batches.
  let losses: State
  /// How many there are.
  let lossCount: Int
  /// How much of each example there is to judge; nil for 1.
  let counts: State?
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
  var sums: [State] { [cursor] + metrics.flatMap(\.sums).filter { !$0.isOfExamples }.map(\.state) }

  /// - Parameter shown: the objective's outputs that are the program's, too.
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
        let state = State("\(name).evaluation.\(part)", [numbers.shape[1]], role: .data)
        let counted = numbers.cast(to: .float32) * isInside.reshaped([batch, 1])
        assignments.append(Assignment(state, state.value + counted.sum([0])))
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
    let judged = measured.counts.map { kept($0, as: "counts", of: [batches, batch]) }
    self.counts = judged?.0
    if let judged { assignments.append(judged.1) }
    let shown = measured.outputs.filter { shown.contains($0.name) }
    outputs = Dictionary(
      shown.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    program = try Program(
      "evaluate \(name)", outputs: shown.map { ($0.name, $0.value) },
      assignments: assignments)
  }
}
