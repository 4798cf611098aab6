import Lemnos

// The layers and programs of Documentation/Writing-a-layer.md. DocumentationTests checks that what is shown there is
// here.

/// Swish is in ReadmeExamples.swift.
func checkSwishOfTheGuide() throws -> GradientReport {
  print(try checkGradients(of: Swish(), input: [4, 3, 5, 5]))

  return try checkGradients(of: Swish(), input: [4, 3, 5, 5])
}

struct LearnedSwish: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank >= 2 else { return .invalid("learnedSwish", "takes [N, C, …], not \(x.shape)") }
    let channels = x.shape[1]
    let perChannel = Shape([1, channels] + [Int](repeating: 1, count: x.rank - 2))
    let beta = pass.bias("beta", [channels], initial: 1).reshaped(perChannel)
    return x * sigmoid(beta * x)
  }
}

func checkLearnedSwishOfTheGuide() throws -> GradientReport {
  print(try checkGradients(of: Sequential([Dense(6), LearnedSwish()]), input: [4, 5]))

  return try checkGradients(of: Sequential([Dense(6), LearnedSwish()]), input: [4, 5])
}

struct HandmadeSwish: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let s = sigmoid(x)
    return withGradient("swish", x * s, of: [x]) { dy in [dy * (s + x * s * (1 - s))] }
  }
}

/// A layer with the mistake that the guide demonstrates.
struct WrongSwish: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let s = sigmoid(x)
    return withGradient("swish", x * s, of: [x]) { dy in [dy * s] }
  }
}

func refusalOfTheGuide() -> GraphError? {
  let pass = Pass(.training, states: StateStore())
  let y = LearnedSwish()(Tensor.full([3], 1), in: pass, as: "swish")
  if let error = y.error { print(error) }
  return y.error
}

func trainOfTheGuide() throws -> (accuracy: Double, beta: TensorValues?) {
  let model = Sequential {
    Dense(100)
    LearnedSwish()
    Dense(10)
  }
  let trainer = try Trainer(
    model, data: .bundled(), optimizer: Adam(learningRate: 1e-3), backend: .cpu, seed: 231)
  try trainer.run(epochs: 5)
  print(try trainer.evaluate(.test).accuracy)
  let beta = try trainer.checkpoint().tensors["1.beta"]
  print(beta?.doubles.max() ?? 0, beta?.doubles.min() ?? 0)
  return (try trainer.evaluate(.test).accuracy, beta)
}
