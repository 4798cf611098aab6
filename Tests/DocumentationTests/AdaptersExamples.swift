import Lemnos

// The examples of Documentation/Adapters.md, compiled. DocumentationTests checks that each line there is a line here.

/// Errors of a network of a line, of the same for another line, and of that with its adapters merged.
func adaptInTheGuide() throws -> (before: Double, after: Double, merged: Double) {
  let net = Regression(
    Sequential {
      Dense(8)
      Dense(1)
    })
  let xs = (0..<64).map { Float($0) / 32 - 1 }
  func lines(slope: Float) throws -> ArraySource {
    try ArraySource([
      "x": TensorValues(xs, shape: [64, 1]), "y": TensorValues(xs.map { slope * $0 }, shape: [64, 1]),
    ])
  }
  var plain = TrainingSettings()
  plain.batchSize = 8
  let first = try Trainer(
    net, training: lines(slope: 2), optimizer: Adam(learningRate: 0.02), backend: .cpu, settings: plain)
  try first.run(epochs: 30)
  let network = first.bestCheckpoint()
  let data = try lines(slope: -1)

  var settings = TrainingSettings()
  settings.batchSize = 8
  settings.lora = LoRA(rank: 1, alpha: 2, decomposed: true)
  settings.loraTargets = ["1"]
  let trainer = try Trainer(
    net, training: data, optimizer: Adam(learningRate: 0.02), backend: .cpu, settings: settings)
  _ = try trainer.start(from: network, path: "network")
  let before = try trainer.evaluate(.validation).value(of: "rmse")
  try trainer.run(epochs: 30)
  let merged = try trainer.bestCheckpoint().mergingAdapters(path: "best")
  let after = try trainer.withBestParameters { try trainer.evaluate(.validation).value(of: "rmse") }
  let other = try Trainer(
    net, training: data, optimizer: Adam(learningRate: 0.02), backend: .cpu, settings: plain)
  try other.load(merged, path: "merged")
  return (before, after, try other.evaluate(.validation).value(of: "rmse"))
}

/// The parameters that the optimizer of a loop of one's own updates.
func adaptInALoopOfTheGuide() -> [State] {
  let states = StateStore(lora: LoRA(rank: 2, alpha: 4), targets: ["*attention*"])
  let pass = Pass(.training, states: states)
  let net = GPT(vocabulary: 9, context: 4, blocks: 1, heads: 2, channels: 8)
  let ids = Tensor.input("tokens", [2, 5], dtype: .int32)
  let loss = LanguageModeling(net).measure(Batch(size: 2, ["tokens": ids]), in: pass).losses.mean()
  let update = AdamW(learningRate: 1e-3).minimizing(loss, at: states.adapters)
  return update.assignments.map(\.state)
}

struct Projection: Layer {
  let units: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let weight = pass.weight("weight", [x.shape[1], units], fanIn: x.shape[1])
    let y = matmul(x, weight)
    guard let adapter = pass.adapter(of: "weight", weight) else { return y }
    return adapter.applied(to: y, matmul(matmul(x, adapter.down), adapter.up))
  }
}
