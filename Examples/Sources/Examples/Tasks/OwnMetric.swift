import Lemnos

/// A custom loss and custom metrics: the share of predictions within a tenth, which also selects the best
/// parameters.
@Sendable func ownMetric(_ run: Run) throws {
  var numbers = Numbers(seed: 16)
  let x = numbers.next(256)
  let data = try ArraySource([
    "x": TensorValues(x, shape: [256, 1]),
    "y": TensorValues(x.map { $0 * $0 * $0 - $0 / 2 }, shape: [256, 1]),
  ])

  let model = Sequential {
    Dense(32); Tanh(); Dense(1)
  }
  let objective = FunctionObjective(monitoring: Monitored("close", .higherIsBetter)) { batch, pass in
    let error = abs(model.forward(batch["x"], in: pass) - batch["y"]).sum([1])
    return Outcome(
      losses: log(1 + 10 * error),
      metrics: [
        .mean("close", .higherIsBetter, of: (error .< 0.1).cast(to: .float32)),
        Metric("rmse", .lowerIsBetter, sums: [error * error]) { sums, count in (sums[0] / count).squareRoot()
        },
      ])
  }
  var settings = TrainingSettings()
  settings.batchSize = data.count
  settings.validation = 0
  let trainer = try Trainer(
    objective, training: data, optimizer: Adam(learningRate: 0.01), backend: run.backend, settings: settings)

  try run.begins(with: trainer, on: data)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "close")
}
