import Lemnos

/// A custom layer with parameters: squeeze-and-excitation, which scales channels by a function of their
/// global averages.
struct Excitation: Layer {
  let reduction: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let channels = x.shape[1]
    let squeezed = x.mean([2, 3])
    let down = pass.weight("down", [channels, channels / reduction], fanIn: channels)
    let up = pass.weight("up", [channels / reduction, channels], fanIn: channels / reduction)
    let gates = sigmoid(matmul(relu(matmul(squeezed, down)), up) + pass.bias("bias", [channels], initial: 1))
    return x * gates.reshaped([x.shape[0], channels, 1, 1])
  }
}

@Sendable func ownLayer(_ run: Run) throws {
  let model = Sequential {
    Convolution2D(filters: 8, kernel: 3, stride: 2)
    Excitation(reduction: 4)
    ReLU()
    GlobalAveragePool2D()
    Dense(10)
  }
  let check = try checkGradients(of: Excitation(reduction: 2), input: [2, 4, 3, 3])
  print("  gradients differ from finite differences by at most", check.error)

  let session = try Session(on: run.backend, seed: 15)
  let states = StateStore()
  let x = Tensor.input("images", [32, 1, 28, 28])
  let labels = Tensor.input("labels", [32], dtype: .int32)
  let scores = model.forward(x, in: Pass(.training, states: states))
  let loss = Loss.softmaxCrossEntropy(scores, labels)
  let update = SGD(learningRate: 0.1).minimizing(loss, at: states.parameters)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  for n in 0..<run.steps {
    let clothes = try Dataset.clothes(32, from: n % 100 * 32)
    let batch = ["images": clothes.images, "labels": clothes.labels]
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}
