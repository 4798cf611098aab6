import Lemnos

// The code of Documentation/A-model-in-your-app.md. DocumentationTests checks that what is shown there is here.

/// - Returns: the model's outputs for 0, ½ and 1, and for ¼.
func useAModelOfTheGuide(file path: String) throws -> [Double] {
  let xs = (0..<64).map { Float($0) / 32 - 1 }
  let net = Dense(1)
  let states = StateStore()
  let y = net.forward(Tensor.input("x", [64, 1]), in: Pass(.training, states: states))
  let loss = Loss.meanSquaredError(y, Tensor(xs.map { 2 * $0 - 1 }, shape: [64, 1]))
  let session = try Session(on: .cpu)
  let step = try session.step(
    assigning: SGD(learningRate: 0.1).minimizing(loss, at: states.parameters).assignments)
  try step.run(["x": xs], steps: 200)
  try session.checkpoint(of: states.states).write(to: path)

  let model = try TrainedModel(
    from: Checkpoint(contentsOf: path), path: path, inputs: [DataField("x", [1])], backend: .cpu
  ) { batch, pass in ["y": net.forward(batch["x"], in: pass)] }
  let answers = try model(["x": [0, 0.5, 1] as [Float]])["y"]

  let trained = try TrainedModel(
    Regression(net), from: Checkpoint(contentsOf: path), path: path, inputs: [DataField("x", [1])],
    targets: [DataField("y", [1])], backend: .cpu)
  let prediction = try trained(["x": [0.25] as [Float]])["prediction"]?.scalar

  return (answers?.doubles ?? []) + [prediction ?? .nan]
}

/// - Returns: the most likely class, and the sum of all probabilities.
func classifyAnImageOfTheGuide(file: String) throws -> (name: String, sum: Float) {
  var settings = TrainingSettings()
  settings.trainingSamples = 500
  let trainer = try Trainer(
    TwoLayerNet(hidden: 20, classes: 10), data: .bundled(), optimizer: Momentum(learningRate: 0.01),
    backend: .cpu, settings: settings)
  try trainer.run(epochs: 2)
  try trainer.checkpoint().write(to: file)
  let pixels = Array(try Dataset.bundled().test.image(at: 0))

  let predictor = try Predictor(
    { classes in TwoLayerNet(hidden: 20, classes: classes) }, from: Checkpoint(contentsOf: file), path: file,
    normalization: .standardized, backend: .cpu)
  let probabilities = try predictor.probabilities(of: [pixels])[0]
  let likeliest = zip(predictor.classNames, probabilities).max { $0.1 < $1.1 }

  return (likeliest?.0 ?? "", probabilities.reduce(0, +))
}
