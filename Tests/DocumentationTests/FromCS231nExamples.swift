import Lemnos

// The examples of Documentation/From-CS231n.md, compiled. DocumentationTests checks that each line there is a line here.

/// Forward and backward passes: returns dx, dw, db of an affine layer, and dx of a convolution.
func passesOfTheGuide(x: Tensor, w: Tensor, b: Tensor, dout: Tensor) throws -> [TensorValues] {
  let (out, pullback) = valueWithPullback(of: { matmul($0[0], $0[1]) + $0[2] }, at: x, w, b)
  let gradients = pullback(dout)
  print(try out.values().doubles)
  return try gradients.map { try $0.values() }
}

/// A layer with a hand-written backward pass.
struct Cube: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    withGradient("cube", x * x * x, of: [x]) { dout in [3 * x * x * dout] }
  }
}

/// The assignment's solver.
func solverOfTheGuide(data: Dataset) throws -> Trainer {
  var settings = TrainingSettings()
  settings.batchSize = 100
  settings.regularization = 0
  settings.weightScale = 1e-3
  settings.normalization = .mean
  settings.validation = .count(1000)
  return try Trainer(
    TwoLayerNet(hidden: 100, classes: 10), data: data, optimizer: SGD(learningRate: 1e-3),
    schedule: EpochDecay(0.95), backend: .cpu, settings: settings, seed: 231)
}

/// The assignment's networks.
func modelsOfTheGuide() -> [any Layer] {
  let two = TwoLayerNet(hidden: 50, classes: 7)
  let deep = FullyConnectedNet(hidden: [100, 100], classes: 10, normalization: .batch, dropout: 0.25)
  let convnet = ThreeLayerConvNet(filters: 32, kernel: 7, hidden: 500, classes: 10)
  return [two, deep, convnet]
}
