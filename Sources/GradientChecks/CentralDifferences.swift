import Programs
import Tensors

extension GradientCheck {
  /// Compares gradients by formula with central differences, on a backend that has float64.
  ///
  ///     numeric = (f(x + h) − f(x − h)) / 2h
  ///
  /// Every element of every state is moved by ±h, one at a time. What the difference cannot tell is looked at more closely,
  /// and the nearest estimate counts; a wrong gradient is near none:
  ///
  /// - The difference of two values of f keeps about 10⁻¹⁶ f / h of their rounding, in which a small gradient drowns. A
  ///   five-point formula with 100 h has a hundredth of that.
  /// - Beside a kink, as ReLU has at 0, the derivative of one side is right: a three-point formula with 10 h to each side.
  ///
  /// - Returns: a row for each state, and its gradient by formula.
  func differences(on backend: any Backend) throws -> (rows: [GradientReport.Row], formulas: [[Double]]) {
    // Compiled once each: only the states' values change from one evaluation to the next.
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

/// The derivative of f at 0 by differences, and its distance from the one by formula.
private func nearestEstimate(
  to formula: Double, step h: Double, _ f: (Double) throws -> Double
) throws -> (numeric: Double, distance: Double) {
  // Each is a sum of values of f at multiples of h, divided by a multiple of h.
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
