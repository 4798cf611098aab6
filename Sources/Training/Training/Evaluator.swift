import Datasets
import Execution
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

/// Evaluates on the first examples of a set, in batches, accumulating on the device.
final class Evaluator {
  private let backend: any Backend
  private let executable: any Executable
  private let evaluation: EvaluationStep
  /// Nil for resident examples.
  private let feed: BatchFeed?

  /// - Parameter set: the examples that fill a ring.
  init(_ evaluation: EvaluationStep, of set: ExampleSet, on backend: any Backend) throws {
    self.backend = backend
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
    try begin()
    try run(from: 0, count: evaluation.batches)
    return try result()
  }

  /// The same, batch by batch, with the confusion matrix.
  ///
  /// - Parameter labels: of the examples.
  func evaluateWithConfusion(labels: [Int32]) throws -> (evaluation: Evaluation, confusion: Confusion) {
    try begin()
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

  private func predictions() throws -> [Int32] {
    guard let number = evaluation.outputs["predicted"] else {
      preconditionFailure("a confusion is of a measurement that shows what is predicted")
    }
    return try executable.output(number).elements()
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
    func numbers(_ state: State, _ count: Int) throws -> ArraySlice<Double> {
      try backend.read(state).doubles.prefix(count)
    }
    func total(_ state: State, of count: Int) throws -> Double { try numbers(state, count).reduce(0, +) }
    let metrics = try evaluation.metrics.map { metric in
      let sums = try metric.sums.flatMap { sum in
        sum.isOfExamples ? [try total(sum.state, of: count)] : try backend.read(sum.state).doubles
      }
      let kept = try metric.numbers.map { Array(try numbers($0.state, count * $0.width)) }
      return (metric.name, metric.value(Metric.Totals(sums: sums, numbers: kept, count: Double(count))))
    }
    var loss = try total(evaluation.losses, of: evaluation.lossCount) / Double(evaluation.lossCount)
    if let counts = evaluation.counts {
      let shares = try numbers(counts, count)
      let losses = try numbers(evaluation.losses, count)
      loss = zip(losses, shares).reduce(0) { $0 + $1.0 * $1.1 } / shares.reduce(0, +)
    }
    return Evaluation(
      loss: loss, metrics: Dictionary(metrics, uniquingKeysWith: { first, _ in first }), count: count)
  }
}
