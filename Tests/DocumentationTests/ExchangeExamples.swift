import Lemnos

// The examples of Documentation/PyTorch-and-ONNX.md, compiled. DocumentationTests checks that each line there is a line
// here.

/// - Returns: the weights before they are written for transformers, and as they are read again.
func transformersInTheGuide(folder: String) throws -> (before: Checkpoint, after: Checkpoint) {
  let net = GPT(vocabulary: 9, context: 4, blocks: 1, heads: 2, channels: 8, arrangement: .llama)
  let session = try Session(on: .cpu)
  let states = StateStore()
  let scores = net.forward(Tensor.full([1, 4], 0, dtype: .int32), in: Pass(.evaluation, states: states))
  _ = try session.step(outputs: ["scores": scores])()
  let weights = try Checkpoint(
    tensors: Dictionary(uniqueKeysWithValues: states.states.map { ($0.name, try session.values(of: $0)) }))
  try HuggingFaceModel(net).write(weights, to: folder)
  let there = try HuggingFaceFolder(folder)
  let back = try HuggingFaceModel(there.gpt()).imported(there.weights(), path: there.path)
  return (weights, back)
}

/// - Returns: the accuracies before the export to PyTorch's layout and after the import.
func exchangeInTheGuide(folder: String) throws -> (before: Double, after: Double) {
  let model = TwoLayerNet(hidden: 100, classes: 10)
  let trainer = try Trainer(model, data: .bundled(), optimizer: Momentum(learningRate: 0.01))
  try trainer.run(epochs: 1)
  let checkpoint = try trainer.checkpoint()
  let before = try trainer.evaluate(.test).accuracy

  let image = ImageShape(channels: 1, height: 28, width: 28)
  try ONNXModel(of: model, from: checkpoint, input: image).write(to: "\(folder)/net.onnx")

  let pytorch = try PyTorchModel(of: model, input: image)
  try pytorch.exported(checkpoint).write(to: "\(folder)/net.pytorch.safetensors")
  let file = try Checkpoint(contentsOf: "\(folder)/net.pytorch.safetensors")
  try trainer.load(pytorch.imported(file, normalization: nil), path: "net.pytorch.safetensors")
  return (before, try trainer.evaluate(.test).accuracy)
}
