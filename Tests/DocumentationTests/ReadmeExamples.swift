import Lemnos

// The examples of README.md, compiled. DocumentationTests checks that each line there is a line here.

func trainFromTheReadme() throws -> (history: History, testAccuracy: Double) {
  let model = Sequential {
    for units in [200, 100] {
      Dense(units)
      ReLU()
    }
    Dense(10)
  }
  let trainer = try Trainer(
    model, data: .bundled(), optimizer: Momentum(learningRate: 0.01), schedule: EpochDecay(0.9),
    backend: .automatic,
    seed: 231)
  let history = try trainer.run(epochs: 3)
  print(history.best?.validationAccuracy ?? 0, try trainer.evaluate(.test).accuracy)
  return (history, try trainer.evaluate(.test).accuracy)
}

struct Swish: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { x * sigmoid(x) }
}

struct ResidualBlock: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let hidden = relu(Dense(x.shape[1])(x, in: pass, as: "first"))
    return x + Dense(x.shape[1])(hidden, in: pass, as: "second")
  }
}

func checkFromTheReadme() throws {
  print(try checkGradients(of: Swish(), input: [4, 3, 5, 5]))  // float64, central differences
}

func pullbackFromTheReadme() throws -> (out: TensorValues, gradients: [TensorValues]) {
  let x = Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3])
  let w = Tensor([Float](repeating: 0.5, count: 12), shape: [3, 4])
  let (out, pullback) = valueWithPullback(of: { matmul($0[0], $0[1]) }, at: x, w)
  let gradients = pullback(out)
  print(try out.values(on: .cpu).elements(as: Float.self), gradients[1].shape)
  return (try out.values(), try gradients.map { try $0.values() })
}
