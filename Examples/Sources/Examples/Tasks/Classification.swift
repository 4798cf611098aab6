import Lemnos

/// Image classification with a convolutional network, through a trainer.
@Sendable func classification(_ run: Run) throws {
  let model = Sequential {
    Convolution2D(filters: 8, kernel: 3, padding: .same)
    BatchNorm()
    ReLU()
    MaxPool2D(window: 2)
    Flatten()
    Dense(10)
  }
  let clothes = try Dataset.clothes(100)
  let data = try ArraySource(["images": clothes.images, "labels": clothes.labels])
  var settings = TrainingSettings()
  settings.batchSize = data.count
  settings.validation = 0
  let trainer = try Trainer(
    Classification(model, classes: 10), training: data, optimizer: Momentum(learningRate: 0.05),
    backend: run.backend, settings: settings)

  try run.begins(with: trainer, on: data)
  let history = try trainer.run(epochs: run.steps)
  run.note(history, showing: "accuracy")
}
