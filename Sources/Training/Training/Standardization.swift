public import Datasets
public import Tensors

/// Standardization per column, by the mean and standard deviation of the training examples.
///
///     x̂ = (x − μ) / σ,   0 where x is missing (NaN)
///
/// Means and deviations are states of the model, saved with it. A constant column becomes 0.
public struct Standardization: Preparation {
  /// The means of a field, and the reciprocals of its standard deviations, each of the field's shape.
  public struct Statistics: Sendable {
    public let mean: State
    public let scale: State
  }

  private let changed: [String]
  private let statistics: [String: Statistics]
  public let states: [State]

  /// Measures on the training examples.
  ///
  /// - Parameters:
  ///   - fields: float fields to standardize.
  ///   - measured: others of which only statistics are needed, such as the targets of `Regression`.
  /// - Throws: errors of the source; `TrainingError.setting` for an unknown field.
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

  /// With placeholders, to be loaded from a checkpoint.
  ///
  /// - Parameters:
  ///   - fields: those of the training source.
  ///   - measured: others with statistics only.
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
      let x = batch[name].cast(to: own.mean.dtype)
      let standardized = (x - own.mean.value) * own.scale.value
      // NaN is the only value not equal to itself.
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
      // A nearly constant column has no meaningful deviation.
      return deviation > 1e-12 * max(1, abs(mean[column])) ? 1 / deviation : 0
    }
    return (mean, scale)
  }
}
