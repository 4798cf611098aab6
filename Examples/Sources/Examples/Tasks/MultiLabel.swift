import Lemnos

/// Multi-label classification: for each of eight numbers, whether it is above its neighbours' mean.
@Sendable func multiLabel(_ run: Run) throws {
  var numbers = Numbers(seed: 6)
  let rows = (0..<128).map { _ in numbers.next(8) }
  let labels = rows.map { row in row.indices.map { row[$0] > (row[($0 + 7) % 8] + row[($0 + 1) % 8]) / 2 } }
  let data = try ArraySource([
    "x": TensorValues(rows.flatMap { $0 }, shape: [128, 8]),
    "labels": TensorValues(labels.flatMap { $0.map { $0 ? 1 as Float : 0 } }, shape: [128, 8]),
  ])

  let model = Sequential {
    Dense(64); SiLU(); Dense(8)
  }
  var settings = TrainingSettings()
  settings.batchSize = data.count
  settings.validation = 0
  let trainer = try Trainer(
    MultiLabelClassification(model, loss: .binaryCrossEntropy(positiveWeight: 2)), training: data,
    optimizer: AdamW(learningRate: 0.02, weightDecay: 0.01), backend: run.backend, settings: settings)

  try run.begins(with: trainer, on: data)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "f1")
}
