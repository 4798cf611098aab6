import Lemnos

// The loops of Documentation/Your-own-loop.md. DocumentationTests checks that what is shown there is here.

private let xs = (0..<64).map { Float($0) / 32 - 1 }
private let ys = xs.map { 2 * $0 - 1 }

/// - Returns: the final loss and the slope.
func trainALineOfTheGuide() throws -> (loss: Double, slope: Double) {
  let session = try Session(on: .cpu, seed: 1)
  let (x, y) = (Tensor.input("x", [64, 1]), Tensor.input("y", [64, 1]))
  let (w, b) = (State("w", [1, 1], role: .weight), State("b", [1], role: .bias))
  let error = matmul(x, w.value) + b.value - y
  let loss = (error * error).mean()

  let update = SGD(learningRate: 0.1).minimizing(loss, at: [w, b])
  let step = try session.step("line", outputs: ["loss": loss], assigning: update.assignments)
  for _ in 0..<200 { try step.run(["x": xs, "y": ys]) }
  print(try step.output("loss").scalar, try session.values(of: w).scalar)

  return (try step.output("loss").scalar, try session.values(of: w).scalar)
}

/// - Returns: the loss of the same steps repeated from the file.
func trainAModelOfTheGuide(file path: String) throws -> (losses: [Double], again: [Double], answers: [Double])
{
  let session = try Session(on: .cpu, seed: 1)
  let (x, y) = (Tensor.input("x", [64, 1]), Tensor.input("y", [64, 1]))

  let (states, random) = (StateStore(), RandomSource(seed: 7))
  let model = Sequential {
    Dense(32)
    ReLU()
    Dropout(0.1)
    Dense(1)
  }
  let pass = Pass(.training, states: states, random: random)
  let prediction = model.forward(x, in: pass)
  let loss = Loss.meanSquaredError(prediction, y)
  let update = Adam(learningRate: 1e-2).minimizing(loss, at: states.parameters)
  let train = try session.step(
    "train", outputs: ["loss": loss], assigning: update.assignments + pass.assignments)

  let query = Tensor.input("query", [5, 1])
  let answers = model.forward(query, in: Pass(.evaluation, states: states))
  let predict = try session.step("predict", outputs: ["answers": answers])

  try train.run(["x": xs, "y": ys], steps: 300)
  func losses() throws -> [Double] {
    try (0..<3).map { _ in
      try train.run()
      return try train.output("loss").scalar
    }
  }
  let everything = states.states + update.states + random.states
  try session.checkpoint(of: everything).write(to: path)
  let first = try losses()
  try session.load(Checkpoint(contentsOf: path), path: path, into: everything)

  let again = try losses()
  return (first, again, try predict(["query": [-1, -0.5, 0, 0.5, 1] as [Float]])["answers"]?.doubles ?? [])
}

/// - Returns: losses of both networks after some steps.
func trainTwoNetworksOfTheGuide() throws -> [String: Double] {
  let session = try Session(on: .cpu, seed: 1)
  let generator = Sequential {
    Dense(16)
    ReLU()
    Dense(2)
  }
  let discriminator = Sequential {
    Dense(16)
    LeakyReLU(slope: 0.2)
    Dense(1)
  }
  let real = Tensor.input("real", [64, 2])

  let (g, d) = (StateStore(), StateStore())
  let pass = Pass(.training, states: g, random: RandomSource(seed: 3))
  let fake = generator.forward(pass.uniform([64, 8]) * 2 - 1, in: pass)
  func logits(_ x: Tensor) -> Tensor { discriminator.forward(x, in: Pass(.training, states: d)) }
  let bce = Loss.binaryCrossEntropy()
  let ones = Tensor.full([64, 1], 1)
  let dLoss = bce(logits(real), ones) + bce(logits(fake.detached), ones - 1)
  let gLoss = bce(logits(fake), ones)
  let updates = [
    Adam(learningRate: 1e-3).minimizing(dLoss, at: d.parameters, named: "d"),
    Adam(learningRate: 1e-3).minimizing(gLoss, at: g.parameters, named: "g"),
  ]
  let step = try session.step(
    "gan", outputs: ["d": dLoss, "g": gLoss],
    assigning: updates.flatMap(\.assignments) + pass.assignments)

  let points = xs.flatMap { [$0, $0 * $0] }
  try step.run(["real": points], steps: 50)
  let losses = try ["d": step.output("d").scalar, "g": step.output("g").scalar]
  let penalized = try withPenalty(session, real, dLoss, d, logits)
  try penalized.run(["real": points], steps: 5)
  return losses
}

private func withPenalty(
  _ session: Session, _ real: Tensor, _ dLoss: Tensor, _ d: StateStore, _ logits: (Tensor) -> Tensor
) throws -> Step {
  let slope = gradients(of: logits(real).sum(), at: [real])[0]
  let penalty = (slope * slope).sum([1]).mean()
  let withPenalty = gradients(of: dLoss + 10 * penalty, at: d.parameters.map(\.value))
  let update = Adam().minimizing(withPenalty, at: d.parameters, named: "penalized")

  return try session.step("penalized", assigning: update.assignments)
}

/// - Returns: the root mean square errors of both trainers.
func trainObjectivesOfTheGuide() throws -> (rmse: Double, mae: Double) {
  let data = try ArraySource([
    "x": TensorValues(xs, shape: [64, 1]), "y": TensorValues(ys, shape: [64, 1]),
  ])
  var settings = TrainingSettings()
  settings.batchSize = 8
  let trainer = try Trainer(
    Regression(Dense(1)), training: data, optimizer: SGD(learningRate: 0.1), backend: .cpu,
    settings: settings)
  let history = try trainer.run(epochs: 30)
  print(history.best?.validation?.value(of: "rmse") ?? .nan)

  let objective = FunctionObjective(monitoring: Monitored("mae", .lowerIsBetter)) { batch, pass in
    let error = abs(Dense(1).forward(batch["x"], in: pass) - batch["y"]).sum([1])
    return Outcome(losses: error, metrics: [.mean("mae", .lowerIsBetter, of: error)])
  }

  let other = try Trainer(
    objective, training: data, optimizer: SGD(learningRate: 0.02), backend: .cpu, settings: settings)
  let otherHistory = try other.run(epochs: 60)
  return (
    history.best?.validation?.value(of: "rmse") ?? .nan,
    otherHistory.best?.validation?.value(of: "mae") ?? .nan
  )
}

/// - Returns: the averages of 1, 2, 4, 8, 16 so far, and the last of them.
func averageOfTheGuide() throws -> (all: [Double], last: Double) {
  let session = try Session(on: .cpu)
  let rows = Tensor.input("rows", [5, 2])
  let (last, averages) = scan([Tensor.full([2], 0)], over: [rows]) { before, row in
    let average = 0.5 * before[0] + 0.5 * row[0]
    return (carry: [average], outputs: [average])
  }
  let step = try session.step("averages", outputs: ["all": averages[0], "last": last[0]])
  try step.run(["rows": [1, 0, 2, 0, 4, 0, 8, 0, 16, 0] as [Float]])
  let all = try step.output("all").doubles
  return (stride(from: 0, to: 10, by: 2).map { all[$0] }, try step.output("last").doubles[0])
}
