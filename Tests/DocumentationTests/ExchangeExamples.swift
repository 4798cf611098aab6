import Lemnos

// The examples of Documentation/PyTorch-and-ONNX.md, compiled. DocumentationTests checks that each line there is a line
// here.

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
