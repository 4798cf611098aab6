import Lemnos

// Update rules, data and solver of Documentation/From-CS231n.md. DocumentationTests checks that what is shown there is
// here.

/// `sgd`, `sgd_momentum`, `rmsprop`, `adam`, with the assignment's defaults.
func rulesOfTheGuide() -> [String: any Optimizer] {
  let rules: [String: any Optimizer] = [
    "sgd": SGD(learningRate: 1e-2),
    "sgd_momentum": Momentum(learningRate: 1e-2, momentum: 0.9),
    "rmsprop": RMSProp(learningRate: 1e-2, decay: 0.99, epsilon: 1e-8),
    "adam": Adam(learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8),
  ]

  return rules
}

/// `next_w, config = sgd_momentum(w, dw, config)`.
func updateOfTheGuide(w: Tensor, dw: Tensor, velocity: Tensor) throws -> [TensorValues] {
  let (next, slots) = Momentum(learningRate: 1e-3).update(
    w, gradient: dw, slots: [velocity], learningRate: Tensor(1e-3), step: Tensor(0, dtype: .int32))

  return try [next, slots[0]].map { try $0.values() }
}

/// `get_CIFAR10_data()`.
func dataOfTheGuide(folder: String) throws -> Dataset {
  let data = try Dataset.cifar10(in: folder)
  let (training, validation) = try data.training.split(validation: 1000)  // what the settings below do, too
  print(training.count, validation.count, data.test.count)

  return data
}

/// The assignment's solver.
func solverOfTheGuide(data: Dataset) throws -> Trainer {
  var settings = TrainingSettings()
  settings.batchSize = 100
  settings.regularization = 0
  settings.weightScale = 1e-3
  settings.normalization = .mean
  settings.validation = .count(1000)
  settings.accuracySamples = 1000
  let solver = try Trainer(
    TwoLayerNet(hidden: 100, classes: 10), data: data, loss: .softmaxCrossEntropy,
    optimizer: SGD(learningRate: 1e-3), schedule: EpochDecay(0.95), backend: .cpu, settings: settings,
    seed: 231)

  return solver
}

/// The solver's history and its best parameters.
func attributesOfTheGuide(solver: Trainer, path: String) throws -> (history: History, parameters: [String]) {
  try solver.run(epochs: 1, reportEvery: 100) { event in
    switch event {
    case .progress(let progress):
      print("iteration \(progress.step) / \(progress.steps) loss: \(progress.loss)")
    case .epoch(let epoch): print(epoch.trainingAccuracy, epoch.validationAccuracy ?? 0)
    case .recovery(let recovery): print(recovery)
    }
    try solver.checkpoint().write(to: path)
  }
  let lossHistory = solver.history.losses
  let trainAccHistory = solver.history.epochs.map(\.trainingAccuracy)
  let valAccHistory = solver.history.epochs.map(\.validationAccuracy)
  let bestValAcc = solver.history.best?.validationAccuracy
  let bestParams = solver.bestCheckpoint().tensors

  print(lossHistory.count, trainAccHistory, valAccHistory, bestValAcc ?? 0)
  return (solver.history, bestParams.keys.sorted())
}
