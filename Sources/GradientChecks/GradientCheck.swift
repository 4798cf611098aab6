import CPUBackend
public import Layers
public import Losses
import Programs
public import Tensors

/// Compares the gradients of a scalar with central differences, in float64 on the CPU.
///
///     numeric = (f(x + h) − f(x − h)) / 2h
///
/// Every element of every state is moved by ±h, one at a time, so keep the shapes small. Where f has a kink, as ReLU has
/// at 0, the two gradients differ without either being wrong: choose inputs away from it.
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
  let gradients = gradients(of: loss, at: states.map(\.value))
  let analyticProgram = try Program("gradients", outputs: zip(states, gradients).map { ($0.name, $1) })
  let analytic = try backend.compile(analyticProgram)
  let value = try backend.compile(Program("loss", outputs: [("loss", loss)]))
  try analytic.run(steps: 1)
  func evaluate(with numbers: [Double], in state: State) throws -> Double {
    try backend.write(TensorValues(numbers, shape: state.shape), to: state)
    try value.run(steps: 1)
    return try value.output(0).doubles[0]
  }
  let rows = try states.enumerated().map { position, state in
    let original = try backend.read(state)
    var numbers = original.doubles
    let formula = try analytic.output(position).doubles
    var worst = (index: 0, analytic: 0.0, numeric: 0.0)
    var error = 0.0
    for index in numbers.indices {
      let kept = numbers[index]
      numbers[index] = kept + step
      let above = try evaluate(with: numbers, in: state)
      numbers[index] = kept - step
      let below = try evaluate(with: numbers, in: state)
      numbers[index] = kept
      let numeric = (above - below) / (2 * step)
      let difference = abs(formula[index] - numeric) / max(1e-8, abs(formula[index]) + abs(numeric))
      // Not a number is worst of all, and stays.
      if !error.isNaN, !(difference <= error) {
        error = difference
        worst = (index, formula[index], numeric)
      }
    }
    try backend.write(original, to: state)
    return GradientReport.Row(name: state.name, count: numbers.count, error: error, worst: worst)
  }
  return GradientReport(rows: rows)
}

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
