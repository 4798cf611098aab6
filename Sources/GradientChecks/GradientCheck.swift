import CPUBackend
public import Layers
public import Losses
import Programs
public import Tensors

/// Compares the gradients of a scalar with central differences, in float64 on the CPU.
///
///     numeric = (f(x + h) − f(x − h)) / 2h
///
/// Every element of every state is moved by ±h, one at a time, so keep the shapes small. What the difference cannot tell is
/// looked at more closely, and the nearest estimate counts; a wrong gradient is near none:
///
/// - The difference of two values of f keeps about 10⁻¹⁶ f / h of their rounding, in which a small gradient drowns. A
///   five-point formula with 100 h has a hundredth of that.
/// - Beside a kink, as ReLU has at 0, the derivative of one side is right: a three-point formula with 10 h to each side.
///
/// - Parameters:
///   - loss: a float64 scalar built from the states.
///   - states: float64 states.
///   - step: h.
///   - seed: chooses the states' random initial values.
/// - Throws: `GraphError` if the loss or a gradient cannot be computed.
public func checkGradients(
  of loss: Tensor, at states: [State], step: Double = 1e-5, seed: UInt64 = 0
) throws -> GradientReport {
  let backend = CPUBackend(.reference, seed: seed)
  // Biases that start at zero are moved off it: a unit that gets no input would sit right on ReLU's kink.
  for state in states where state.isParameter {
    guard case .zeros = state.initial else { continue }
    try backend.write(InitialValue.normal(standardDeviation: 0.1).values(for: state, seed: seed), to: state)
  }
  let gradients = gradients(of: loss, at: states.map(\.value))
  let analyticProgram = try Program("gradients", outputs: zip(states, gradients).map { ($0.name, $1) })
  let analytic = try backend.compile(analyticProgram)
  let value = try backend.compile(Program("loss", outputs: [("loss", loss)]))
  try analytic.run(steps: 1)
  func evaluate(_ numbers: [Double], _ index: Int, movedBy shift: Double, in state: State) throws -> Double {
    var numbers = numbers
    numbers[index] += shift
    try backend.write(TensorValues(numbers, shape: state.shape), to: state)
    try value.run(steps: 1)
    return try value.output(0).doubles[0]
  }
  let rows = try states.enumerated().map { position, state in
    let original = try backend.read(state)
    let numbers = original.doubles
    let formula = try analytic.output(position).doubles
    var worst = (index: 0, analytic: 0.0, numeric: 0.0)
    var error = 0.0
    for index in numbers.indices {
      let (numeric, distance) = try nearestEstimate(to: formula[index], step: step) {
        try evaluate(numbers, index, movedBy: $0, in: state)
      }
      // Not a number is worst of all, and stays.
      if !error.isNaN, !(distance <= error) {
        error = distance
        worst = (index, formula[index], numeric)
      }
    }
    try backend.write(original, to: state)
    return GradientReport.Row(name: state.name, count: numbers.count, error: error, worst: worst)
  }
  return GradientReport(rows: rows)
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

/// Checks the gradients of a function of some tensors.
///
/// The function's result y, of any shape, is made a scalar by Σ c · y with fixed random c.
public func checkGradients(
  of function: ([Tensor]) -> Tensor, at arguments: [(name: String, values: TensorValues)], seed: UInt64 = 0
) throws -> GradientReport {
  let states = arguments.map { name, values in
    State(name, values.shape, dtype: .float64, role: .data, initial: .values(values))
  }
  return try checkGradients(of: weighted(function(states.map(\.value))), at: states, seed: seed)
}

/// Checks a layer's gradients with respect to its input and to its parameters.
///
///     print(try checkGradients(of: Dense(4), input: [3, 5]))
///
/// - Parameter input: the shape of the input, whose values are Gaussian.
public func checkGradients(of layer: some Layer, input: Shape, seed: UInt64 = 0) throws -> GradientReport {
  let x = State("input", input, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
  let pass = Pass(.training, states: StateStore(dtype: .float64))
  let y = layer.forward(x.value, in: pass)
  return try checkGradients(of: weighted(y), at: [x] + pass.states.parameters, seed: seed)
}

/// Checks the gradients of a model's loss with respect to every parameter.
///
/// - Parameters:
///   - input: the shape of the batch, `[N, …]`, whose values are Gaussian.
///   - classes: labels are 0, 1, … `classes` − 1 in turn.
///   - regularization: the strength of the L2 penalty.
public func checkGradients(
  of model: some Layer, loss: Loss, input: Shape, classes: Int, regularization: Double = 0, seed: UInt64 = 0
) throws -> GradientReport {
  let x = State("input", input, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
  let pass = Pass(.training, states: StateStore(dtype: .float64))
  let scores = model.forward(x.value, in: pass)
  let labels = Tensor((0..<input[0]).map { Int32($0 % classes) }, shape: [input[0]])
  var total = loss(scores, labels)
  if regularization > 0 { total = total + weightDecay(of: pass.states, strength: regularization) }
  return try checkGradients(of: total, at: pass.states.parameters, seed: seed)
}

/// Σ c · y with fixed random c, so that no gradient is lost to symmetry.
private func weighted(_ y: Tensor) -> Tensor {
  guard y.error == nil else { return y }
  let c = State(
    "weights of the check", y.shape, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
  return (y * c.value).sum()
}
