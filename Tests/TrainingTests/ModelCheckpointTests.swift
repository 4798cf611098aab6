import Devices
import Checkpoints
import Datasets
import Models
import Optimizers
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite("A run's checkpoint that is read for its model")
struct ModelCheckpointTests {
  @Test("has the parameters and statistics bit by bit and all texts, and nothing else")
  func modelOnly() throws {
    let folder = try TemporaryFolder()
    var settings = TrainingSettings()
    settings.batchSize = 20
    settings.trainingSamples = 60
    settings.validation = .count(20)
    let trainer = try Trainer(
      FullyConnectedNet(hidden: [6, 5], classes: 10, normalization: .batch), data: .bundled(),
      optimizer: Adam(learningRate: 0.01), backend: .cpu, settings: settings, seed: 3)
    try trainer.run(epochs: 2)
    let whole = try trainer.checkpoint(metadata: ["about": "a test"])
    try whole.write(to: folder.path(of: "last.safetensors"))
    let model = try Checkpoint(modelIn: folder.path(of: "last.safetensors"))
    let names = Set(trainer.bestCheckpoint().tensors.keys)
    #expect(names.count > 8 && whole.tensors.count > 3 * names.count)
    #expect(model.metadata == whole.metadata)
    #expect(names.isSubset(of: model.tensors.keys))
    // The step count and the random key are one or two numbers each.
    #expect(model.tensors.filter { !names.contains($0.key) }.allSatisfy { $0.value.bytes.count <= 16 })
    for (name, values) in model.tensors { #expect(values == whole.tensors[name], "\(name)") }
  }
}
