import Wording

/// The mean and spread of several runs of one experiment.
package struct Band: Hashable, Sendable {
  package let mean: Double
  /// The population standard deviation over the runs, as numpy's.
  package let deviation: Double
  package let count: Int

  package init(_ mean: Double, _ deviation: Double, count: Int) {
    self.mean = mean
    self.deviation = deviation
    self.count = count
  }

  /// - Precondition: there is a run.
  package init(of values: [Double]) {
    precondition(!values.isEmpty, "a band is made of at least one run")
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(mean, (squares / Double(values.count)).squareRoot(), count: values.count)
  }
}

extension Band {
  /// For example "0.513 ± 0.005 (5 runs)".
  package var text: String {
    let mean = NumberText.decimal(mean, 3)
    return count == 1 ? "\(mean) (1 run)" : "\(mean) ± \(NumberText.decimal(deviation, 3)) (\(count) runs)"
  }
}
