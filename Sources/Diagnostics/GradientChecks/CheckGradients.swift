public import Devices
public import Layers
public import Losses
public import Tensors

/// Compares the gradients of a scalar with central differences, in float64.
///
///     numeric = (f(x + h) − f(x − h)) / 2h
///
/// Every element of every state is perturbed by ±h, one at a time, so keep the shapes small.
///
/// A device without float64 cannot be checked so: the CPU's gradients are compared with differences, and the
/// device's float32 gradients with the CPU's.
///
/// - Parameters:
///   - loss: a float64 scalar built from the states.
///   - states: float64 states.
///   - step: h.
///   - backend: by default the CPU's reference kernels.
///   - seed: of the states' random initial values.
/// - Throws: `GraphError` if the loss or a gradient cannot be computed, `BackendUnavailable`.
public func checkGradients(
  of loss: Tensor, at states: [State], step: Double = 1e-5, on backend: BackendChoice = .reference,
  seed: UInt64 = 0
) throws -> GradientReport {
  try GradientCheck(of: loss, at: states, step: step, seed: seed).report(on: backend.open(seed: seed).backend)
}

/// Checks the gradients of a function of some tensors.
///
/// The function's result y, of any shape, is reduced to a scalar by Σ c · y with fixed random c.
public func checkGradients(
  of function: ([Tensor]) -> Tensor, at arguments: [(name: String, values: TensorValues)],
  on backend: BackendChoice = .reference, seed: UInt64 = 0
) throws -> GradientReport {
  try GradientCheck(of: function, at: arguments, seed: seed).report(on: backend.open(seed: seed).backend)
}

/// Checks a layer's gradients with respect to its input and to its parameters.
///
///     print(try checkGradients(of: Dense(4), input: [3, 5]))
///
/// - Parameter input: the shape of the input, whose values are Gaussian.
public func checkGradients(
  of layer: some Layer, input: Shape, on backend: BackendChoice = .reference, seed: UInt64 = 0
) throws -> GradientReport {
  try GradientCheck(of: layer, input: input, seed: seed).report(on: backend.open(seed: seed).backend)
}

/// Checks the gradients of a model's loss with respect to every parameter.
///
/// - Parameters:
///   - input: the shape of the batch, `[N, …]`, whose values are Gaussian.
///   - classes: labels are 0, 1, … `classes` − 1 in turn.
///   - regularization: the strength of the L2 penalty.
public func checkGradients(
  of model: some Layer, loss: Loss, input: Shape, classes: Int, regularization: Double = 0,
  on backend: BackendChoice = .reference, seed: UInt64 = 0
) throws -> GradientReport {
  try GradientCheck(
    of: model, loss: loss, input: input, classes: classes, regularization: regularization, seed: seed
  ).report(on: backend.open(seed: seed).backend)
}
