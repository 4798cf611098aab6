import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

@Suite("A run in mixed precision", .serialized)
struct MixedPrecisionTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan()] : [.cpu]

  private func trainer(
    _ precision: Precision, on backend: BackendChoice = .cpu,
    optimizer: any Optimizer = Momentum(learningRate: 0.01), scale: Double = 65536, growth: Int = 2000,
    samples: Int = 500
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 25
    settings.trainingSamples = samples
    settings.regularization = 1e-3
    settings.precision = precision
    settings.lossScaling.initialScale = scale
    settings.lossScaling.growthInterval = growth
    // Batch normalization, because overflow must not reach its running statistics either.
    return try Trainer(
      FullyConnectedNet(hidden: [23], classes: 10, normalization: .batch, dropout: 0.2), data: .bundled(),
      optimizer: optimizer, backend: backend, settings: settings, seed: 5)
  }

  @Test("gives the same bits each time, one by one and replayed", arguments: Precision.allCases, backends)
  func determinism(_ precision: Precision, _ backend: BackendChoice) throws {
    // A scale that overflows first, and soon grows again.
    let runs = try (0..<2).map { _ in try trainer(precision, on: backend, scale: 0x1p30, growth: 4) }
    try runs[0].advance(30)
    for _ in 0..<30 { try runs[1].advance(1) }
    #expect(runs[0].history.losses == runs[1].history.losses)
    #expect(try runs[0].checkpoint() == runs[1].checkpoint())
    #expect(try (runs[0].lossScale() != nil) == (precision == .float16))
  }

  @Test("differs from float32, and only by the rounding", arguments: [Precision.tf32, .bfloat16, .float16])
  func rounding(_ precision: Precision) throws {
    let (exact, rounded) = try (trainer(.float32), trainer(precision))
    try exact.advance(20)
    try rounded.advance(20)
    #expect(exact.history.losses != rounded.history.losses)
    for (a, b) in zip(exact.history.losses, rounded.history.losses) {
      // An operand has an error of at most 2⁻⁹ (bf16), a loss of 2 a few of that after 20 steps.
      #expect(abs(a - b) <= 0.03 * a)
    }
    #expect(try exact.evaluate(.test) != rounded.evaluate(.test))
  }

  @Test("goes on with the same bits, skipped steps and all", arguments: backends)
  func resume(_ backend: BackendChoice) throws {
    func make() throws -> Trainer {
      try trainer(.float16, on: backend, optimizer: Adam(), scale: 0x1p30, growth: 6)
    }
    let (whole, first, second) = try (make(), make(), make())
    try whole.run(epochs: 2)
    try first.run(epochs: 1)
    try second.resume(from: first.checkpoint(), path: "first")
    try second.run(epochs: 2)
    #expect(try whole.checkpoint() == second.checkpoint())
    let scaling = try #require(try whole.lossScale())
    #expect(scaling.skippedSteps > 0 && scaling.scale < 0x1p30)
  }

  @Test("skips steps that overflow, without a trace, and recovers", arguments: backends)
  func overflow(_ backend: BackendChoice) throws {
    let run = try trainer(.float16, on: backend, optimizer: Adam(learningRate: 1e-3), scale: 0x1p60)
    let own: Set = [
      "step", "learningRate.last", "lossScale", "lossScale.skippedSteps", "history.losses",
    ]
    func kept() throws -> [String: TensorValues] {
      try run.checkpoint().tensors.filter { !own.contains($0.key) }
    }
    let before = try kept()
    var skipped = 0
    while try run.checkpoint().tensors["0.weight"] == before["0.weight"], skipped < 60 {
      #expect(try kept() == before)
      let scaling = try #require(try run.lossScale())
      #expect(scaling.scale == 0x1p60 / Double(1 << skipped) && scaling.skippedSteps == skipped)
      try run.advance(1)
      skipped += 1
    }
    // The last of these steps did not overflow.
    skipped -= 1
    #expect((30..<60).contains(skipped))
    #expect(try run.lossScale()?.skippedSteps == skipped)

    // Adam's first update has the size of the learning rate, which it would not have if skipped steps
    // counted.
    let (old, new) = try (before["0.weight"]?.doubles ?? [], kept()["0.weight"]?.doubles ?? [])
    let steps = zip(old, new).map { abs($0 - $1) }
    let largest = try #require(steps.max())
    #expect(abs(largest - 1e-3) < 1e-5)

    try run.advance(40)
    let scaling = try #require(try run.lossScale())
    #expect(scaling.skippedSteps <= skipped + 3, "at its limit the scale may overflow now and then")
    let losses = run.history.losses
    #expect(losses.suffix(5).reduce(0, +) < 0.7 * losses.prefix(5).reduce(0, +))
  }

  @Test("says how its products are computed, unless in float32")
  func reason() throws {
    #expect(try trainer(.float32).precisionReason == nil)
    #expect(try trainer(.bfloat16).precisionReason?.hasPrefix("bf16, on ordinary arithmetic: ") == true)
  }
}
