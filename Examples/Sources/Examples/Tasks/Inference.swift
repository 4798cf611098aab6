import Foundation
import Lemnos

/// Inference in an app: parameters from a file, floats in and out, any batch size.
@Sendable func inference(_ run: Run) throws {
  let network = Sequential {
    Dense(32); ELU(); Dense(3)
  }
  // Here with untrained parameters.
  let states = StateStore()
  _ = network.forward(Tensor.input("x", [1, 8]), in: Pass(.evaluation, states: states))
  let session = try Session(on: run.backend, seed: 22)
  try run.begins(with: states.states, of: session)
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(getpid()).safetensors")
    .path
  try session.checkpoint(of: states.states).write(to: path)
  defer { try? FileManager.default.removeItem(atPath: path) }

  let model = try TrainedModel(
    from: Checkpoint(contentsOf: path), path: path, inputs: [DataField("x", [8])], backend: run.backend
  ) { batch, pass in ["probabilities": softmax(network.forward(batch["x"], in: pass))] }

  var numbers = Numbers(seed: 23)
  for n in 1...run.steps {
    let rows = numbers.tensor([n, 8])
    let probabilities = try model(["x": rows])["probabilities"]?.doubles ?? []
    // The cross-entropy with the first class: the mean of −log p.
    let surprise = stride(from: 0, to: 3 * n, by: 3).map { -log(probabilities[$0]) }.reduce(0, +) / Double(n)
    run.note(surprise, of: ["x": rows])
  }
}
