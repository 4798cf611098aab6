import Lemnos

/// House prices: regression on the numeric and categorical columns of a table, standardized, through a
/// trainer.
@Sendable func regression(_ run: Run) throws {
  let table = try TableSource(DataTable(file: houses(count: 200)), target: ["price"])
  let standardization = try Standardization(of: table, fields: ["numbers"], measuring: ["target"])
  let net = TabularNet(
    hidden: [32], outputs: 1, categories: table.schema.categories.map { $0.values.count + 1 })

  let objective = Regression(target: "target", scaling: standardization["target"]) { batch, pass in
    net(numbers: batch["numbers"], categories: batch["categories"], in: pass)
  }
  var settings = TrainingSettings()
  settings.batchSize = table.count
  settings.validation = 0
  let trainer = try Trainer(
    objective, training: table, preparation: standardization, optimizer: Adam(learningRate: 0.01),
    backend: run.backend, settings: settings)

  try run.begins(with: trainer, on: table)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "r2")
}
