import Lemnos

/// A thousand classes, label smoothing, and a learning rate with warmup and decay.
@Sendable func thousandClasses(_ run: Run) throws {
  var numbers = Numbers(seed: 10)
  let centers = (0..<1000).map { _ in numbers.next(16) }
  let labels = (0..<256).map { _ in numbers.next(below: 1000) }
  let rows = labels.flatMap { label in centers[label].map { $0 + 0.1 * numbers.next() } }
  let data = try ArraySource([
    "x": TensorValues(rows, shape: [256, 16]), "labels": TensorValues(labels.map(Int32.init), shape: [256]),
  ])

  let model = Sequential {
    Dense(128); LayerNorm(); ReLU(); Dense(1000)
  }
  let objective = Classification(
    model, classes: 1000, loss: .softmaxCrossEntropy(labelSmoothing: 0.1), input: "x")
  var settings = TrainingSettings()
  settings.batchSize = data.count
  settings.validation = 0
  settings.clipNorm = 1
  let trainer = try Trainer(
    objective, training: data, optimizer: RMSProp(learningRate: 0.002), backend: run.backend,
    settings: settings)

  try run.begins(with: trainer, on: data)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "accuracy")
}
