import Execution
import Programs
import Tensors

extension GradientCheck {
  /// Compares analytic gradients with central differences, on a backend with float64.
  ///
  ///     numeric = (f(x + h) − f(x − h)) / 2h
  ///
  /// Every element of every state is perturbed by ±h, one at a time. If the difference is inconclusive, other
  /// formulas are tried, and the nearest estimate counts; a wrong gradient is near none:
  ///
  /// - The difference of two values of f has a rounding error of about 10⁻¹⁶ f / h, which swamps small
  ///   gradients. A five-point formula with 100 h has a hundredth of it.
  /// - Near a kink, such as ReLU's at 0, a one-sided derivative is right: a three-point formula with 10 h
  ///   to each side.
  ///
  /// - Returns: a row per state, and its analytic gradient.
  func differences(on backend: any Backend) throws -> (rows: [GradientReport.Row], formulas: [[Double]]) {
    // Each compiled once: only the states' values change between evaluations.
    let analytic = try backend.compile(Program("gradients", outputs: namedGradients))
    let value = try backend.compile(Program("loss", outputs: [("loss", loss)]))
    try analytic.run(steps: 1)
    func evaluate(
      _ numbers: [Double], _ index: Int, movedBy shift: Double, in state: State
    ) throws -> Double {
      var numbers = numbers
      numbers[index] += shift
      try backend.write(TensorValues(numbers, shape: state.shape), to: state)
      try value.run(steps: 1)
      return try value.output(0).doubles[0]
    }
    let formulas = try states.indices.map { try analytic.output($0).doubles }
    let rows = try zip(states, formulas).map { state, formula in
      let original = try backend.read(state)
      let numbers = original.doubles
      let elements = try numbers.indices.map { index in
        let (numeric, distance) = try nearestEstimate(to: formula[index], step: step) {
          try evaluate(numbers, index, movedBy: $0, in: state)
        }
        return (formula[index], numeric, distance)
      }
      try backend.write(original, to: state)
      return GradientReport.Row(name: state.name, .differences, elements)
    }
    return (rows, formulas)
  }
}

/// The numeric derivative of f at 0 nearest to the analytic one, and its distance from it.
private func nearestEstimate(
  to formula: Double, step h: Double, _ f: (Double) throws -> Double
) throws -> (numeric: Double, distance: Double) {
  // Each is a weighted sum of values of f at multiples of h, divided by a multiple of h.
  let formulas: [(terms: [(factor: Double, place: Double)], divisor: Double)] = [
    ([(1, 1), (-1, -1)], 2),
    ([(8, 100), (-8, -100), (-1, 200), (1, -200)], 1200),
    ([(4, 10), (-1, 20), (-3, 0)], 20),
    ([(-4, -10), (1, -20), (3, 0)], 20),
  ]
  var nearest = (numeric: 0.0, distance: Double.infinity)
  for (terms, divisor) in formulas where nearest.distance > 1e-7 {
    let numeric = try terms.reduce(0) { try $0 + $1.factor * f($1.place * h) } / (divisor * h)
    let distance = relativeError(formula, numeric)
    if !(distance >= nearest.distance) { nearest = (numeric, distance) }
  }
  return nearest
}

/// |a − n| / max(10⁻⁸, |a| + |n|).
private func relativeError(_ a: Double, _ n: Double) -> Double { abs(a - n) / max(1e-8, abs(a) + abs(n)) }
