import Diagnostics
import Devices
import Checkpoints
import Datasets
import Layers
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

#if VULKAN
import VulkanBackend
import VulkanDevice
#endif

/// Noise images whose class is given by their first pixel.
private func noise(_ count: Int, side: Int = 6, channels: Int = 1) throws -> Dataset {
  func images(_ count: Int, seed: UInt64) throws -> LabeledImages {
    var generator = SplitMix64(seed: seed)
    let shape = ImageShape(channels: channels, height: side, width: side)
    let pixels = (0..<count * shape.count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return try LabeledImages(
      pixels: pixels, labels: (0..<count).map { Int32(pixels[$0 * shape.count] / 64) }, shape: shape)
  }
  return try Dataset(
    name: "noise", training: images(count, seed: 1), test: images(37, seed: 2),
    classNames: (0..<4).map(String.init))
}

@Suite("Streamed images", .serialized)
struct StreamingTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private static func settings(_ residency: DataResidency, _ sampling: Sampling = .shuffled)
    -> TrainingSettings
  {
    var settings = TrainingSettings()
    settings.batchSize = 6
    settings.validation = .count(20)
    settings.accuracySamples = 50
    settings.sampling = sampling
    settings.dataResidency = residency
    return settings
  }

  private func trainer(
    _ settings: TrainingSettings, on backend: BackendChoice,
    model: some Layer = FullyConnectedNet(
      hidden: [8], classes: 4, normalization: .batch, dropout: 0.2)
  ) throws -> Trainer {
    // 100 training images: 16 steps per epoch, with some images left over.
    try Trainer(
      model, data: noise(120), optimizer: Adam(learningRate: 0.01), backend: backend, settings: settings,
      seed: 7)
  }

  /// Overwrites the ring with data that no image has.
  private func spoil(_ trainer: Trainer) throws {
    let ring = try #require(trainer.trainingStep.data.ring)
    for state in ring.states {
      let garbage = [UInt8](repeating: 0xEE, count: state.byteCount)
      try trainer.backend.write(
        TensorValues(bytes: garbage, shape: state.shape, dtype: state.dtype), to: state)
    }
  }

  @Test(
    "train to the bits of resident ones, over epochs", arguments: backends,
    [Sampling.shuffled, .withReplacement])
  func sameBits(backend: BackendChoice, sampling: Sampling) throws {
    let resident = try trainer(Self.settings(.resident, sampling), on: backend)
    let streamed = try trainer(Self.settings(.streamed, sampling), on: backend)
    #expect(resident.streaming == nil && streamed.streaming?.batches == 128)
    try spoil(streamed)
    // 160 steps: more than the ring has slots.
    for trainer in [resident, streamed] { try trainer.run(epochs: 10) }
    #expect(try streamed.checkpoint() == resident.checkpoint())
    #expect(streamed.history.losses.count == 160)
    for split in [Trainer.Split.training, .validation, .test] {
      #expect(try streamed.evaluate(split) == resident.evaluate(split))
    }
  }

  @Test("train a convnet on changed images to the bits of resident ones", arguments: backends)
  func augmented(backend: BackendChoice) throws {
    let trainers = try [DataResidency.resident, .streamed].map { residency in
      var settings = Self.settings(residency)
      settings.augmentation = Augmentation(horizontalFlip: true, shift: 1)
      return try trainer(
        settings, on: backend, model: ThreeLayerConvNet(filters: 3, kernel: 3, hidden: 5, classes: 4))
    }
    for trainer in trainers { try trainer.run(epochs: 2) }
    #expect(try trainers[0].checkpoint() == trainers[1].checkpoint())
  }

  @Test("go on where a run was, whether that was streamed or not", arguments: backends)
  func resumed(backend: BackendChoice) throws {
    let whole = try trainer(Self.settings(.resident), on: backend)
    try whole.run(epochs: 1)
    try whole.advance(5)
    let middle = try whole.checkpoint()
    try whole.run(epochs: 3)

    let streamed = try trainer(Self.settings(.streamed), on: backend)
    // The ring then contains batches of other steps.
    try streamed.advance(3)
    try streamed.resume(from: middle, path: "here")
    try spoil(streamed)
    try streamed.run(epochs: 3)
    #expect(try streamed.checkpoint() == whole.checkpoint())

    // The resumed run's random key determines the images, not the trainer's seed.
    let other = try Trainer(
      FullyConnectedNet(hidden: [8], classes: 4, normalization: .batch, dropout: 0.2), data: noise(120),
      optimizer: Adam(learningRate: 0.01), backend: backend, settings: Self.settings(.streamed), seed: 8)
    try other.advance(1)
    try other.resume(from: middle, path: "here")
    try other.run(epochs: 3)
    #expect(try other.checkpoint() == whole.checkpoint())
  }

  @Test("can be profiled", arguments: backends)
  func profiled(backend: BackendChoice) throws {
    let trainer = try trainer(Self.settings(.streamed), on: backend)
    try spoil(trainer)
    let profile = try trainer.profile(steps: 2, comparedWith: DevicePeak(on: backend))
    #expect(profile.steps == 2 && trainer.step == 8)
    // Losses of steps on garbage data would be far off.
    try trainer.advance(1)
    #expect(trainer.history.losses[0] < 10)
  }

  @Test("are written part by part, and nothing beside the part")
  func parts() throws {
    for (name, backend) in try everyBackend() {
      // Odd sizes, so that parts start inside words.
      let states = [
        State("ring", [4, 7], dtype: .uint8, role: .data),
        State("labels", [4, 1], dtype: .uint8, role: .data),
      ]
      let copy = states.map { State("copy of \($0.name)", $0.shape, dtype: .uint8, role: .data) }
      let program = try Program(
        "copy", assignments: zip(copy, states).map { Assignment($0, $1.value) })
      let executable = try backend.compile(program)
      let ring = try backend.makeStagingRing(of: states, parts: 4)
      var expected = states.map { [UInt8](repeating: 0, count: $0.byteCount) }
      // Each part twice, always with a program directly after it.
      for (time, part) in [2, 0, 3, 2, 1, 0, 1, 3].enumerated() {
        try ring.write(part: part) { targets in
          for (index, target) in targets.enumerated() {
            #expect(target.count == states[index].byteCount / 4)
            for byte in target.indices {
              target[byte] = UInt8(16 * time + byte + index)
              expected[index][part * target.count + byte] = target[byte]
            }
          }
        }
        try executable.run(steps: 1)
        #expect(try copy.map { try backend.read($0).bytes } == expected, "\(name)")
      }
    }
  }
}

#if VULKAN
@Suite("Streamed images on a device", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct DeviceStreamingTests {
  private func trainer(
    _ residency: DataResidency = .automatic, opening change: @escaping (inout DeviceFaults) -> Void = { _ in }
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 10
    settings.validation = .count(100)
    settings.accuracySamples = 100
    settings.dataResidency = residency
    var opened = 0
    return try Trainer(
      TwoLayerNet(hidden: 5, classes: 4), data: noise(1000), optimizer: Momentum(learningRate: 0.01),
      settings: settings, seed: 3
    ) { seed, _ in
      var faults = DeviceFaults()
      change(&faults)
      opened += 1
      if opened > 1 { faults.lostAtSubmission = nil }
      return (try VulkanBackend(seed: seed, cache: nil, faults: faults), "device \(opened)")
    }
  }

  @Test("are those that kernels cannot reach, and they train to the bits of those that they can")
  func reach() throws {
    // 900 images of 36 pixels, of which kernels can address 555; the evaluation images are within reach.
    let short = try trainer { $0.kernelReach = 20_000 }
    #expect(short.placement.streamed == [.training])
    let streaming = try #require(short.streaming)
    #expect(streaming.imageBytes == 900 * 40 && streaming.batches == 32)
    let plenty = try trainer()
    #expect(plenty.streaming == nil)
    for trainer in [short, plenty] { try trainer.run(epochs: 2) }
    #expect(try short.checkpoint() == plenty.checkpoint())
    #expect {
      try trainer(.resident) { $0.kernelReach = 20_000 }
    } throws: { "\($0)".contains("a kernel of this device reaches at most 20000") }
  }

  @Test("make nothing new after the first step")
  func counters() throws {
    let trainer = try trainer(.streamed)
    try trainer.run(epochs: 4)
    let counters = trainer.counters
    let (before, since) = try (#require(counters.untilFirstStep), #require(counters.sinceFirstStep))
    #expect(before.allocations > 0 && before.recordings > 0)
    #expect(since.allocations == 0 && since.pipelines == 0 && since.descriptorSets == 0)
    #expect(since.recordings == 0)
    let replay = try #require(counters.replay)
    #expect(replay.steps == 4 * 90 - 1 && replay.submissions < replay.steps)
  }

  @Test("are several steps a submit, as resident ones")
  func replay() throws {
    let trainer = try trainer(.streamed)
    try trainer.prepare(steps: 90)
    // Two parts of 64 batches each.
    try trainer.advance(64)
    let mark = try #require(CounterMark(trainer.backend, trainer.executable).replay)
    try trainer.advance(64)
    let replayed = try #require(CounterMark(trainer.backend, trainer.executable).replay) - mark
    #expect(replayed.steps == 64 && replayed.submissions == 1)
  }

  @Test("come again after the device was lost, wherever that was")
  func lost() throws {
    let whole = try trainer(.streamed)
    let open = try #require((whole.backend as? VulkanBackend)?.submissionCount)
    try whole.run(epochs: 2, reportEvery: 20)
    var recoveries = 0
    for submission in stride(from: open + 1, to: open + 70, by: 9) {
      let cut = try trainer(.streamed) { $0.lostAtSubmission = submission }
      try cut.run(epochs: 2, reportEvery: 20) { event in
        if case .recovery = event { recoveries += 1 }
      }
      #expect(try cut.checkpoint() == whole.checkpoint(), "submission \(submission)")
    }
    #expect(recoveries > 4)
  }
}
#endif
