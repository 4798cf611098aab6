import Lemnos

/// A GAN: the generator makes points, the discriminator tells them from points on a circle.
@Sendable func gan(_ run: Run) throws {
  let generator = Sequential {
    Dense(32); ReLU(); Dense(2)
  }
  let discriminator = Sequential {
    Dense(32); LeakyReLU(slope: 0.2); Dense(1)
  }
  let session = try Session(on: run.backend, seed: 2)
  let (g, d) = (StateStore(), StateStore())
  let (noise, real) = (Tensor.input("noise", [64, 4]), Tensor.input("real", [64, 2]))

  let fake = generator.forward(noise, in: Pass(.training, states: g))
  func logits(_ points: Tensor) -> Tensor { discriminator.forward(points, in: Pass(.training, states: d)) }
  let bce = Loss.binaryCrossEntropy()
  let (ones, zeros) = (Tensor.full([64, 1], 1), Tensor.full([64, 1], 0))
  let dLoss = bce(logits(real), ones) + bce(logits(fake.detached), zeros)
  let gLoss = bce(logits(fake), ones)

  // Both updates use the parameters as they were before the step.
  let dUpdate = Adam(learningRate: 0.01).minimizing(dLoss, at: d.parameters, named: "d")
  let gUpdate = Adam(learningRate: 0.01).minimizing(gLoss, at: g.parameters, named: "g")
  let step = try session.step(
    "gan", outputs: ["d": dLoss, "g": gLoss], assigning: dUpdate.assignments + gUpdate.assignments)

  try run.begins(with: g.states, of: session, as: "g")
  try run.begins(with: d.states, of: session, as: "d")
  var numbers = Numbers(seed: 3)
  for _ in 0..<run.steps {
    let batch = ["noise": numbers.tensor([64, 4]), "real": numbers.circle(64)]
    try step.run(batch)
    run.note(try step.output("d").scalar + step.output("g").scalar, of: batch)
  }
}
