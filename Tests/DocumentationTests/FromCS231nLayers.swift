import Lemnos

// Layers, losses and networks of Documentation/From-CS231n.md. DocumentationTests checks that what is shown there is
// here.

/// Forward and backward passes of functions: dx, dw, db of an affine layer.
func passesOfTheGuide(x: Tensor, w: Tensor, b: Tensor, dout: Tensor) throws -> [TensorValues] {
  let (out, pullback) = valueWithPullback(of: { matmul($0[0], $0[1]) + $0[2] }, at: x, w, b)
  let gradients = pullback(dout)

  print(try out.values().doubles)
  return try gradients.map { try $0.values() }
}

/// A layer with parameters: its result, dx, dγ and dβ, and its running statistics after the step.
func parametersOfTheGuide(x: Tensor, dout: Tensor) throws -> [TensorValues] {
  let pass = Pass(.training, states: StateStore())
  let out = BatchNorm().forward(x, in: pass)
  let parameters = pass.states.parameters.map(\.value)  // γ and β
  let backward = gradients(of: out, upstream: dout, at: [x] + parameters)
  let statistics = pass.assignments.map(\.value)  // running_mean and running_var after the step

  return try ([out] + backward + statistics).map { try $0.values() }
}

/// A layer with a hand-written backward pass.
struct Cube: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    withGradient("cube", x * x * x, of: [x]) { dout in [3 * x * x * dout] }
  }
}

/// Every layer of the assignment, and their "sandwich" compositions.
func layersOfTheGuide() throws -> [String: GradientReport] {
  var reports: [String: GradientReport] = [:]

  let layers: [String: any Layer] = [
    "affine": Dense(5, of: .example),
    "relu": ReLU(),
    "affine_relu": Sequential([Dense(5, of: .example), ReLU()]),
    "affine_bn_relu": Sequential([Dense(5, of: .example, bias: false), BatchNorm(), ReLU()]),
    "affine_ln_relu": Sequential([Dense(5, of: .example), LayerNorm(), ReLU()]),
    "batchnorm": BatchNorm(momentum: 0.9, epsilon: 1e-5),
    "layernorm": LayerNorm(epsilon: 1e-5),
    "dropout": Dropout(0.25),
    "conv": Convolution2D(filters: 3, kernel: 3, stride: 2, padding: .uniform(1)),
    "max_pool": MaxPool2D(window: 2, stride: 2),
    "conv_relu": Sequential([Convolution2D(filters: 3, kernel: 3), ReLU()]),
    "conv_bn_relu": Sequential([Convolution2D(filters: 3, kernel: 3, bias: false), BatchNorm(), ReLU()]),
    "conv_relu_pool": Sequential([Convolution2D(filters: 3, kernel: 3), ReLU(), MaxPool2D(window: 2)]),
    "spatial_batchnorm": BatchNorm(),
    "spatial_groupnorm": GroupNorm(groups: 2, epsilon: 1e-5),
  ]
  for (name, layer) in layers {
    print(name, try checkGradients(of: layer, input: [4, 4, 4, 6]).error)
  }

  for (name, layer) in layers { reports[name] = try checkGradients(of: layer, input: [4, 4, 4, 6]) }
  return reports
}

/// `conv_forward_naive` and `conv_forward_fast`.
func convolutionsOfTheGuide() throws -> Double {
  let x = Tensor((0..<2 * 3 * 4 * 4).map { Float($0) / 95 }, shape: [2, 3, 4, 4])
  let w = Tensor((0..<3 * 3 * 4 * 4).map { Float($0) / 143 }, shape: [3, 3, 4, 4])
  let out = conv2D(x, w, WindowGeometry(stride: [2, 2], padding: [1, 1, 1, 1]))
  print(relError(try out.values(on: .reference), try out.values(on: .cpu)))

  return relError(try out.values(on: .reference), try out.values(on: .cpu))
}

/// The notebooks' `rel_error`.
func relError(_ a: TensorValues, _ b: TensorValues) -> Double {
  zip(a.doubles, b.doubles).map { abs($0 - $1) / max(1e-8, abs($0) + abs($1)) }.max() ?? 0
}

/// A gradient check of a function of arrays.
func numericalGradientOfTheGuide() throws -> GradientReport {
  let report = try checkGradients(
    of: { matmul($0[0], $0[1]) + $0[2] },
    at: [
      ("x", TensorValues([0.1, -0.2, 0.3, 0.4, -0.5, 0.6], shape: [2, 3])),
      ("w", TensorValues([1.0, 2, -3, 4, 5, -6], shape: [3, 2])),
      ("b", TensorValues([0.5, -0.5], shape: [2])),
    ])
  print(report)

  return report
}

/// `dropout_forward` of either convention.
func dropoutsOfTheGuide(p: Double) -> [Dropout] {
  let keeping = Dropout(1 - p)  // p is the probability of keeping
  let dropping = Dropout(p)  // p is the probability of dropping

  return [keeping, dropping]
}

/// `softmax_loss(x, y)` and `svm_loss(x, y)`.
func lossesOfTheGuide(x: Tensor, y: Tensor) throws -> [TensorValues] {
  let softmax = Loss.softmaxCrossEntropy(x, y)
  let hinge = Loss.hinge(x, y)
  let dx = gradients(of: softmax, at: [x])[0]

  return try [softmax, hinge, dx].map { try $0.values() }
}

/// The assignment's networks.
func modelsOfTheGuide() -> [any Layer] {
  let two = TwoLayerNet(hidden: 50, classes: 7)
  let deep = FullyConnectedNet(hidden: [100, 100], classes: 10, normalization: .batch, dropout: 0.25)
  let convnet = ThreeLayerConvNet(filters: 32, kernel: 7, hidden: 500, classes: 10)

  return [two, deep, convnet]
}

/// `loss, grads = model.loss(X, y)` with `reg`, and the check of all gradients.
func modelLossOfTheGuide(x: Tensor, y: Tensor) throws -> (
  loss: Double, names: [String], report: GradientReport
) {
  let model = FullyConnectedNet(hidden: [20, 30], classes: 10)
  let pass = Pass(.training, states: StateStore(), weightScale: 5e-2)
  let scores = model.forward(x, in: pass)
  let loss = Loss.softmaxCrossEntropy(scores, y) + weightDecay(of: pass.states, strength: 3.14)
  let grads = gradients(of: loss, at: pass.states.parameters.map(\.value))
  for (parameter, gradient) in zip(pass.states.parameters, grads) { print(parameter.name, gradient.shape) }
  let report = try checkGradients(
    of: model, loss: .softmaxCrossEntropy, input: [2, 15], classes: 10, regularization: 3.14)

  return (try loss.values().doubles[0], pass.states.parameters.map(\.name), report)
}
