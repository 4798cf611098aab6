import Lemnos

// The examples of Documentation/Precision.md, compiled. DocumentationTests checks that each line there is a line here.

func trainInTheGuideToPrecision() throws -> Int? {
  var settings = TrainingSettings()
  settings.precision = .float16
  let trainer = try Trainer(
    TwoLayerNet(hidden: 100, classes: 10), data: .bundled(), optimizer: Momentum(learningRate: 0.01),
    settings: settings)
  try trainer.run(epochs: 2)
  print(try trainer.lossScale()?.skippedSteps ?? 0)
  return try trainer.lossScale()?.skippedSteps
}
