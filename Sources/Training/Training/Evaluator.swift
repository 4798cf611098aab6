import Datasets
import Execution
import MessagePassing
import Programs
import Tensors

/// The loss and metrics on a set of examples.
public struct Evaluation: Codable, Hashable, Sendable {
  /// The mean loss, without any penalty on weights.
  public let loss: Double

  /// By name.
  public let metrics: [String: Double]
  public let count: Int

  public init(loss: Double, metrics: [String: Double], count: Int) {
    (self.loss, self.metrics, self.count) = (loss, metrics, count)
  }

  /// A metric, or the loss; NaN for an unknown one.
  public func value(of name: String) -> Double { metrics[name] ?? (name == "loss" ? loss : .nan) }

  /// The loss and all finite metrics, by name, as reported to journals and programs.
  package var named: [String: Double] {
    metrics.merging(["loss": loss]) { own, _ in own }.filter(\.value.isFinite)
  }

  /// The fraction of examples whose predicted class is their label; NaN without that metric.
  public var accuracy: Double { value(of: "accuracy") }
}

/// Evaluates on the first examples of a set, in batches, keeping results on the device.
///
/// Of several ranks each evaluates its share of the batches; all get the same result, which is that of one process in every bit.
final class Evaluator {
  private let backend: any Backend
  private let ranks: Communicator?
  private let executable: any Executable
  private let evaluation: EvaluationStep
  /// Nil for resident examples.
  private let feed: BatchFeed?

  /// - Parameters:
  ///   - set: the examples that fill a ring.
  ///   - ranks: the processes that evaluate together; nil for one alone.
  init(
    _ evaluation: EvaluationStep, of set: ExampleSet, on backend: any Backend, ranks: Communicator? = nil
  ) throws {
    (self.backend, self.ranks) = (backend, ranks)
    self.evaluation = evaluation
    let executable = try backend.compile(evaluation.program)
    self.executable = executable
    feed = try evaluation.data.ring.map { ring in
      let order = SequentialOrder(batchSize: evaluation.batchSize, count: evaluation.count)
      return try BatchFeed(ring, of: set.source, in: order, for: executable, on: backend)
    }
  }

  /// Prepares, so that `evaluate` allocates nothing.
  func prepare() throws { try executable.prepare(steps: evaluation.batches) }

  func evaluate() throws -> Evaluation {
    let own = batches(of: ranks?.rank ?? 0)
    try begin(at: own.lowerBound)
    if !own.isEmpty { try run(from: own.lowerBound, count: own.count) }
    return try result()
  }

  /// The same, batch by batch, with the confusion matrix, in one process.
  ///
  /// - Parameter labels: of the examples.
  func evaluateWithConfusion(labels: [Int32]) throws -> (evaluation: Evaluation, confusion: Confusion) {
    precondition(ranks == nil, "a confusion matrix is of all batches")
    try begin(at: 0)
    var confusion = Confusion()
    for batch in 0..<evaluation.batches {
      try run(from: batch, count: 1)
      let first = batch * evaluation.batchSize
      let own = labels[first..<min(first + evaluation.batchSize, evaluation.count)]
      for (label, predicted) in zip(own, try predictions()) {
        confusion.add(label: Int(label), predicted: Int(predicted))
      }
    }
    return (try result(), confusion)
  }

  /// The batches that a rank evaluates.
  private func batches(of rank: Int) -> Range<Int> {
    let count = ranks?.size ?? 1
    return rank * evaluation.batches / count..<(rank + 1) * evaluation.batches / count
  }

  private func predictions() throws -> [Int32] {
    guard let number = evaluation.outputs["predicted"] else {
      preconditionFailure("a confusion is of a measurement that shows what is predicted")
    }
    return try executable.output(number).elements()
  }

  private func begin(at batch: Int) throws {
    try backend.write(TensorValues([Int32(batch)], shape: []), to: evaluation.cursor)
  }

  private func run(from batch: Int, count: Int) throws {
    if let feed {
      try feed.run(from: batch, count: count)
    } else {
      try executable.run(steps: count)
    }
  }

  /// A result's numbers, the rows of all batches.
  private func numbers(_ state: State) throws -> [Double] {
    guard let ranks, ranks.size > 1 else { return try backend.read(state).doubles }
    var floats: [Float] = try backend.read(state).elements()
    let row = floats.count / evaluation.batches
    try ranks.gather(
      &floats, (0..<ranks.size).map { batches(of: $0) }.map { row * $0.lowerBound..<row * $0.upperBound },
      as: ActivityName("the evaluation"))
    return floats.map(Double.init)
  }

  private func result() throws -> Evaluation {
    let count = evaluation.count
    let results = Dictionary(
      try evaluation.results.map { ($0, try numbers($0)) }, uniquingKeysWith: { first, _ in first })
    func kept(_ state: State, _ count: Int) -> ArraySlice<Double> {
      results[state, default: []].prefix(count)
    }
    func total(_ state: State, of count: Int) -> Double { kept(state, count).reduce(0, +) }
    /// The sums of a vector over all batches.
    func totals(_ state: State) -> [Double] {
      let (values, width) = (results[state, default: []], state.shape[1])
      return (0..<width).map { column in
        stride(from: column, to: values.count, by: width).reduce(0) { $0 + values[$1] }
      }
    }
    let metrics = evaluation.metrics.map { metric in
      let sums = metric.sums.flatMap { sum in
        sum.isOfExamples ? [total(sum.state, of: count)] : totals(sum.state)
      }
      let numbers = metric.numbers.map { Array(kept($0.state, count * $0.width)) }
      return (metric.name, metric.value(Metric.Totals(sums: sums, numbers: numbers, count: Double(count))))
    }
    var loss = total(evaluation.losses, of: evaluation.lossCount) / Double(evaluation.lossCount)
    if let counts = evaluation.counts {
      let shares = kept(counts, count)
      loss = zip(kept(evaluation.losses, count), shares).reduce(0) { $0 + $1.0 * $1.1 } / shares.reduce(0, +)
    }
    return Evaluation(
      loss: loss, metrics: Dictionary(metrics, uniquingKeysWith: { first, _ in first }), count: count)
  }
}
