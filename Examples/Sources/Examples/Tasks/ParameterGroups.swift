import Lemnos

/// Parameter groups: the head at the full learning rate, the body at a tenth of it without weight decay, and
/// a frozen first layer.
@Sendable func parameterGroups(_ run: Run) throws {
  let body = Sequential {
    Dense(32); ReLU(); Dense(32); ReLU()
  }
  let session = try Session(on: run.backend, seed: 17)
  let states = StateStore()
  let pass = Pass(.training, states: states)
  let x = Tensor.input("x", [64, 8])
  let y = Tensor.input("y", [64, 1])
  let prediction = Dense(1)(body(x, in: pass, as: "body"), in: pass, as: "head")
  let loss = Loss.huber()(prediction, y)

  let optimizer = ParameterGroups(
    ["head.*": AdamW(learningRate: 0.02, weightDecay: 0.1)], others: Adam(learningRate: 0.002))
  let trained = states.parameters.filter { !$0.name.hasPrefix("body.0.") }
  let update = optimizer.minimizing(loss, at: trained)
  let step = try session.step("train", outputs: ["loss": loss], assigning: update.assignments)

  try run.begins(with: states.states, of: session)
  var numbers = Numbers(seed: 18)
  for _ in 0..<run.steps {
    let rows = (0..<64).map { _ in numbers.next(8) }
    let batch = [
      "x": TensorValues(rows.flatMap { $0 }, shape: [64, 8]),
      "y": TensorValues(rows.map { $0[0] * $0[1] + $0[2] }, shape: [64, 1]),
    ]
    try step.run(batch)
    run.note(try step.output("loss").scalar, of: batch)
  }
}
