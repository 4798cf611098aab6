public import Datasets
public import Tensors

/// Numbers less their mean, divided by their standard deviation, column by column, as they were on the training examples.
///
///     x̂ = (x − μ) / σ,   0 where x is missing (NaN)
///
/// Means and deviations are states of the model, so that they are saved with it. A column that is the same everywhere becomes 0.
public struct Standardization: Preparation {
  /// Of a field: its means, and one over its standard deviations, each of the field's shape.
  public struct Statistics: Sendable {
    public let mean: State
    public let scale: State
  }

  private let changed: [String]
  private let statistics: [String: Statistics]
  public let states: [State]

  /// Measures on examples, those to train on.
  ///
  /// - Parameters:
  ///   - fields: float fields that are standardized.
  ///   - measured: others, of which only the statistics are wanted: an objective may hold its predictions to them, as `Regression` does.
  /// - Throws: what the source throws; `TrainingError.setting` for a field that it has not.
  public init(
    of source: any DataSource, fields: [String], measuring measured: [String] = []
  ) throws {
    changed = fields
    var statistics: [String: Statistics] = [:]
    var states: [State] = []
    for name in fields + measured {
      guard let index = source.fields.firstIndex(where: { $0.name == name && $0.dtype.isFloating }) else {
        throw TrainingError.setting("there is no field '\(name)' of floats to standardize")
      }
      let field = source.fields[index]
      let (mean, scale) = try Self.measure(source, index, width: field.shape.count)
      func state(_ kind: String, _ numbers: [Double]) -> State {
        State(
          "\(name).\(kind)", field.shape, role: .statistic,
          initial: .values(TensorValues(numbers.map { Float($0) }, shape: field.shape)))
      }
      let own = Statistics(mean: state("mean", mean), scale: state("scale", scale))
      statistics[name] = own
      states += [own.mean, own.scale]
    }
    (self.statistics, self.states) = (statistics, states)
  }

  /// With numbers that are still to come, from a checkpoint.
  ///
  /// - Parameters:
  ///   - fields: those that are standardized, of the source that training was on.
  ///   - measured: others, of which only the statistics are there.
  public init(
    _ fields: [DataField], standardizing changed: [String], measuring measured: [String] = []
  ) {
    self.changed = changed
    var (statistics, states): ([String: Statistics], [State]) = ([:], [])
    for field in fields where (changed + measured).contains(field.name) {
      let own = Statistics(
        mean: State("\(field.name).mean", field.shape, role: .statistic),
        scale: State("\(field.name).scale", field.shape, role: .statistic))
      statistics[field.name] = own
      states += [own.mean, own.scale]
    }
    (self.statistics, self.states) = (statistics, states)
  }

  public subscript(field: String) -> Statistics? { statistics[field] }

  public func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch {
    var batch = batch
    for name in changed {
      guard let own = statistics[name] else { continue }
      let x = batch[name]
      let standardized = (x - own.mean.value) * own.scale.value
      // Only a NaN is not itself.
      batch[name] = select(x .== x, standardized, Tensor.full(standardized.shape, 0))
    }
    return batch
  }

  /// The mean of each column of numbers that are there, and one over its standard deviation.
  private static func measure(
    _ source: any DataSource, _ field: Int, width: Int
  ) throws -> (mean: [Double], scale: [Double]) {
    var (count, sum) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
    try source.forEachPart(ofField: field) { part in
      for (index, x) in part.doubles.enumerated() where !x.isNaN {
        count[index % width] += 1
        sum[index % width] += x
      }
    }
    let mean = zip(sum, count).map { $0 / max($1, 1) }
    var squares = [Double](repeating: 0, count: width)
    try source.forEachPart(ofField: field) { part in
      for (index, x) in part.doubles.enumerated() where !x.isNaN {
        squares[index % width] += (x - mean[index % width]) * (x - mean[index % width])
      }
    }
    let scale = (0..<width).map { column in
      let deviation = (squares[column] / max(count[column], 1)).squareRoot()
      // What is all but constant has no deviation to divide by.
      return deviation > 1e-12 * max(1, abs(mean[column])) ? 1 / deviation : 0
    }
    return (mean, scale)
  }
}
