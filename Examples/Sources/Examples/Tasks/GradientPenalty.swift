import Lemnos

/// A Wasserstein critic with a gradient penalty, which keeps its slope near 1: the loss contains a gradient.
@Sendable func gradientPenalty(_ run: Run) throws {
  let critic = Sequential {
    Dense(32); Softplus(); Dense(32); Softplus(); Dense(1)
  }
  let session = try Session(on: run.backend, seed: 4)
  let states = StateStore()
  func scores(_ points: Tensor) -> Tensor { critic.forward(points, in: Pass(.training, states: states)) }
  let (real, fake) = (Tensor.input("real", [64, 2]), Tensor.input("fake", [64, 2]))

  let between = (real + fake) / 2
  let slopes = gradients(of: scores(between).sum(), at: [between])[0]
  let excess = sqrt((slopes * slopes).sum([1]) + 1e-12) - 1
  let loss = scores(fake).mean() - scores(real).mean() + 10 * (excess * excess).mean()
  let update = Adam(learningRate: 0.002).minimizing(loss, at: states.parameters)
  let step = try session.step("critic", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  var numbers = Numbers(seed: 5)
  for _ in 0..<run.steps {
    let batch = ["real": numbers.circle(64), "fake": numbers.tensor([64, 2])]
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}
