import Devices
import Checkpoints
import Datasets
import Foundation
import Models
import Optimizers
import TestSupport
import Testing
import Training

@Suite("A folder of checkpoints")
struct CheckpointFolderTests {
  private func trainer() throws -> Trainer {
    let images = try LabeledImages(
      pixels: (0..<32 * 16).map { UInt8(truncatingIfNeeded: $0 &* 37) },
      labels: (0..<32).map { Int32($0 % 4) },
      shape: ImageShape(channels: 1, height: 4, width: 4))
    let data = try Dataset(
      name: "tiny", training: images, test: images, classNames: (0..<4).map(String.init))
    var settings = TrainingSettings()
    settings.batchSize = 8
    return try Trainer(
      TwoLayerNet(hidden: 4, classes: 4), data: data, optimizer: Adam(learningRate: 1e-2), backend: .cpu,
      settings: settings, seed: 3)
  }

  @Test("keeps the last three, each whole, and the best when asked; a trainer goes on from the last")
  func rotation() throws {
    let folder = try TemporaryFolder()
    let (trainer, checkpoints) = (try trainer(), CheckpointFolder(folder.path))
    for epoch in 1...4 {
      try trainer.run(epochs: epoch)
      try checkpoints.save(trainer, metadata: ["mark": "\(epoch)"])
    }
    try checkpoints.finish()
    #expect(checkpoints.times.count == 4 && checkpoints.times.longestWrite > 0)
    for (name, mark) in [("last", "4"), ("last-1", "3"), ("last-2", "2")] {
      #expect(try Checkpoint(contentsOf: folder.path(of: "\(name).safetensors")).metadata["mark"] == mark)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == ["last-1.safetensors", "last-2.safetensors", "last.safetensors"])
    #expect(CheckpointFolder.last(of: folder.path) == checkpoints.last)
    let other = try self.trainer()
    try other.resume(from: Checkpoint(contentsOf: checkpoints.last), path: checkpoints.last)
    for trainer in [trainer, other] { try trainer.run(epochs: 5) }
    #expect(try other.checkpoint().tensors == trainer.checkpoint().tensors)
  }

  @Test("throws the error of a write at the next chance, once")
  func failure() throws {
    let folder = try TemporaryFolder()
    let checkpoints = CheckpointFolder(folder.path(of: "missing"))
    try checkpoints.save(trainer())
    #expect(throws: CheckpointError.self) { try checkpoints.finish() }
    try checkpoints.finish()
  }
}
