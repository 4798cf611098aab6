import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Sessions
import Tensors
import TestSupport
import Testing

@testable import Training

private let backends: [BackendChoice] = VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

@Suite("A trained model", .serialized)
struct TrainedModelTests {
  @Test("gives what was measured in training, for any number of examples", arguments: backends)
  func regression(_ backend: BackendChoice) throws {
    let xs = (0..<120).map { Float($0 * 37 % 50) * 10 }
    let source = try ArraySource([
      "x": TensorValues(xs, shape: [60, 2]),
      "y": TensorValues((0..<60).map { xs[2 * $0] - xs[2 * $0 + 1] }, shape: [60, 1]),
    ])
    let standardization = try Standardization(of: source, fields: ["x"])
    let net = FullyConnectedNet(hidden: [6], classes: 1, normalization: .batch)
    var settings = TrainingSettings()
    settings.batchSize = 10
    let trainer = try Trainer(
      Regression(net), training: source, preparation: standardization, optimizer: Adam(learningRate: 0.05),
      backend: backend, settings: settings, seed: 3)
    try trainer.run(epochs: 3)
    let checkpoint = try trainer.checkpoint()
    let fresh = try Standardization(of: source.prefix(2), fields: ["x"])
    let model = try TrainedModel(
      from: checkpoint, path: "here", inputs: [DataField("x", [2])], preparation: fresh, backend: backend
    ) { batch, pass in ["y": net.forward(batch["x"], in: pass)] }
    let all = try #require(try model(["x": xs])["y"])
    #expect(all.shape == [60, 1])
    for count in [1, 7, 60, 1] {
      let some = try #require(try model(["x": Array(xs.prefix(2 * count))])["y"])
      #expect(some.shape == [count, 1])
      for (a, b) in zip(some.doubles, all.doubles) { #expect(abs(a - b) <= 1e-4 * max(1, abs(b))) }
    }
    // Equal to the trainer's evaluation.
    let errors = zip(all.doubles, (0..<60).map { Double(xs[2 * $0] - xs[2 * $0 + 1]) }).map { abs($0 - $1) }
    let held = errors.suffix(6).reduce(0, +) / 6
    #expect(try abs(trainer.evaluate(.validation).value(of: "mae") - held) < 1e-3 * max(1, held))
  }

  @Test("says in a sentence what it cannot take")
  func refusals() throws {
    let store = StateStore()
    _ = Dense(2).forward(.full([1, 3], 0), in: Pass(.evaluation, states: store))
    let checkpoint = try Session(on: .cpu).checkpoint(of: store.states)
    func model(_ units: Int = 2) throws -> TrainedModel {
      try TrainedModel(
        from: checkpoint, path: "m.safetensors",
        inputs: [DataField("x", [3]), DataField("n", [], dtype: .int32)], backend: .cpu
      ) { batch, pass in ["y": Dense(units).forward(batch["x"], in: pass), "twice": batch["n"] * 2] }
    }
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    let good = try model()
    #expect(try good(["x": [1, 2, 3] as [Float], "n": [4] as [Int32]])["twice"]?.doubles == [8])
    #expect(
      message { _ = try good(["x": [1, 2, 3] as [Float]]) }
        == "the model takes an input 'n', int32[] of each example")
    #expect(
      message { _ = try good(["x": [1, 2] as [Float], "n": [4] as [Int32]]) }
        == "the input 'x' is float32[3] of each example, and was given 2 of float32")
    #expect(
      message { _ = try good(["x": [1, 2, 3] as [Float], "n": [4, 5] as [Int32]]) }
        == "the input 'n' has 2 examples, where 'x' has 1")
    #expect(
      message { _ = try model(5) }.contains(
        "holds 'weight' as float32[3, 2], but this model and data need float32[3, 5]"))
  }
}
