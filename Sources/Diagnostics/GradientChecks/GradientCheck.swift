package import Layers
package import Losses
package import Execution
import Programs
package import Tensors

/// A scalar, and the states with respect to which its gradients are checked.
package struct GradientCheck {
  let loss: Tensor
  let states: [State]
  let step: Double
  let seed: UInt64

  /// - Parameters:
  ///   - loss: a float64 scalar built from the states.
  ///   - states: float64 states.
  ///   - step: the perturbation of an element for differences.
  ///   - seed: of the states' random initial values.
  package init(of loss: Tensor, at states: [State], step: Double = 1e-5, seed: UInt64 = 0) {
    (self.loss, self.states, self.step, self.seed) = (loss, states, step, seed)
  }

  /// A check of a function of some tensors, reduced to a scalar by Σ c · y with fixed random c.
  package init(
    of function: ([Tensor]) -> Tensor, at arguments: [(name: String, values: TensorValues)], seed: UInt64 = 0
  ) {
    let states = arguments.map { name, values in
      State(name, values.shape, dtype: .float64, role: .data, initial: .values(values))
    }
    self.init(of: GradientCheck.weighted(function(states.map(\.value))), at: states, seed: seed)
  }

  /// A check of a layer, with respect to its input and parameters.
  package init(of layer: some Layer, input: Shape, seed: UInt64 = 0) {
    let x = State("input", input, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    let pass = Pass(.training, states: StateStore(dtype: .float64))
    let y = layer.forward(x.value, in: pass)
    self.init(of: GradientCheck.weighted(y), at: [x] + pass.states.parameters, seed: seed)
  }

  /// A check of a model's loss, with respect to its parameters.
  package init(
    of model: some Layer, loss: Loss, input: Shape, classes: Int, regularization: Double = 0, seed: UInt64 = 0
  ) {
    let x = State("input", input, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    let pass = Pass(.training, states: StateStore(dtype: .float64))
    let scores = model.forward(x.value, in: pass)
    let labels = Tensor((0..<input[0]).map { Int32($0 % classes) }, shape: [input[0]])
    var total = loss(scores, labels)
    if regularization > 0 { total = total + weightDecay(of: pass.states, strength: regularization) }
    self.init(of: total, at: pass.states.parameters, seed: seed)
  }

  /// Σ c · y with fixed random c, so that symmetry cancels no gradient.
  private static func weighted(_ y: Tensor) -> Tensor {
    guard y.error == nil else { return y }
    let c = State(
      "weights of the check", y.shape, dtype: .float64, role: .data, initial: .normal(standardDeviation: 1))
    return (y * c.value).sum()
  }

  /// The analytic gradients, by state name.
  var namedGradients: [(name: String, tensor: Tensor)] {
    zip(states, gradients(of: loss, at: states.map(\.value))).map { ($0.name, $1) }
  }

  /// Checks on a backend opened with the check's seed.
  ///
  /// - Throws: `GraphError` if the loss or a gradient cannot be computed.
  package func report(on backend: any Backend) throws -> GradientReport {
    guard backend.hasFloat64 else { return try float32Report(on: backend) }
    try moveBiasesOffZero(on: backend)
    return GradientReport(backend: backend.name, rows: try differences(on: backend).rows)
  }

  /// Biases are zero at the start, which would put a unit without input exactly on ReLU's kink.
  func moveBiasesOffZero(on backend: any Backend) throws {
    for state in states where state.isParameter {
      guard case .zeros = state.initial else { continue }
      let values = InitialValue.normal(standardDeviation: 0.1).values(for: state, seed: seed)
      try backend.write(values, to: state)
    }
  }
}
