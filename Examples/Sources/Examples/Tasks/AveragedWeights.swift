import Lemnos

/// Gradient accumulation over four batches per update, and an exponential moving average of the weights for
/// evaluation.
@Sendable func averagedWeights(_ run: Run) throws {
  let model = Sequential {
    Dense(32); Tanh(); Dense(1)
  }
  let session = try Session(on: run.backend, seed: 19)
  let states = StateStore()
  let (x, y) = (Tensor.input("x", [32, 4]), Tensor.input("y", [32, 1]))
  let loss = Loss.meanSquaredError(model.forward(x, in: Pass(.training, states: states)), y)

  // A gradient accumulator and an average for each parameter.
  let parameters = states.parameters
  let sums = parameters.map { State("sum.\($0.name)", $0.shape, role: .optimizer) }
  let averages = StateStore()
  let averaged = Loss.meanSquaredError(model.forward(x, in: Pass(.evaluation, states: averages)), y)

  let added = zip(sums, gradients(of: loss, at: parameters.map(\.value))).map {
    Assignment($0, $0.value + $1 / 4)
  }
  let update = Adam(learningRate: 0.01).minimizing(sums.map(\.value), at: parameters)
  let means = zip(averages.parameters, parameters).map { Assignment($0, 0.9 * $0.value + 0.1 * update[$1]) }
  let zeros = sums.map { Assignment($0, Tensor.full($0.shape, 0)) }

  let accumulate = try session.step("accumulate", assigning: added)
  let apply = try session.step("apply", assigning: update.assignments + means + zeros)
  let measure = try session.step("measure", outputs: ["loss": averaged])
  // The average starts equal to the weights, because initial values depend on the parameter's name.
  try run.begins(with: states.states, of: session)

  var numbers = Numbers(seed: 20)
  for _ in 0..<run.steps {
    var record: [String: TensorValues] = [:]
    for part in 0..<4 {
      let rows = (0..<32).map { _ in numbers.next(4) }
      let batch = [
        "x": TensorValues(rows.flatMap { $0 }, shape: [32, 4]),
        "y": TensorValues(rows.map { $0[0] - $0[1] * $0[2] }, shape: [32, 1]),
      ]
      try accumulate.run(batch)
      record["x\(part)"] = batch["x"]
      record["y\(part)"] = batch["y"]
    }
    try apply.run()
    // On the last of the four batches.
    try measure.run()
    run.note(try measure.output("loss").scalar, of: record)
  }
}
