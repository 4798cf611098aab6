import Datasets
import Devices
import Layers
import Optimizers
import Tensors
import Testing
import Training

/// Examples that tell their epoch.
private struct EpochSource: DataSource {
  var epoch = 0
  let count = 12
  let fields = [DataField("x", [])]
  let isDrawnAnew = true

  func inEpoch(_ epoch: Int) -> any DataSource { EpochSource(epoch: epoch) }

  func read(_ rows: [Int], into targets: [UnsafeMutableRawBufferPointer]) {
    for index in rows.indices {
      targets[0].storeBytes(of: Float(epoch), toByteOffset: index * 4, as: Float.self)
    }
  }
}

@Suite("Examples that are drawn anew")
struct DrawnAnewTests {
  @Test(
    "are those of their epoch, wherever data are to be, and whatever a step has of them",
    arguments: [DataResidency.automatic, .resident, .streamed], [1, 2])
  func epochs(residency: DataResidency, accumulation: Int) throws {
    var settings = TrainingSettings()
    (settings.batchSize, settings.dataResidency, settings.accumulation) = (3, residency, accumulation)
    settings.validation = .count(0)
    let objective = FunctionObjective(monitoring: Monitored("loss", .lowerIsBetter)) { batch, pass in
      Outcome(losses: batch["x"] + 0 * pass.bias("b", []))
    }
    let trainer = try Trainer(
      objective, training: EpochSource(), optimizer: SGD(learningRate: 0.1), backend: .cpu, settings: settings
    )
    try trainer.run(epochs: 3)
    let steps = 4 / accumulation
    #expect(trainer.history.losses == (0..<3).flatMap { [Float](repeating: Float($0), count: steps) })
  }
}
