import Lemnos

/// An autoencoder: images of 784 pixels through a bottleneck of 16 units.
@Sendable func autoencoder(_ run: Run) throws {
  let model = Sequential {
    Flatten()
    Dense(64)
    GELU(.tanh)
    Dense(16)
    Dense(64)
    GELU(.tanh)
    Dense(784)
    Sigmoid()
  }
  let session = try Session(on: run.backend, seed: 1)
  let states = StateStore()
  let x = Tensor.input("images", [50, 1, 28, 28])
  let again = model.forward(x, in: Pass(.training, states: states))
  let loss = Loss.meanSquaredError(again, x.reshaped([50, 784]))
  let update = Adam(learningRate: 0.002).minimizing(loss, at: states.parameters)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  for n in 0..<run.steps {
    let batch = ["images": try Dataset.clothes(50, from: n % 100 * 50).images]
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}
