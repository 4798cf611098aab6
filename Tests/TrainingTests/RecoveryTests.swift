#if VULKAN
import Checkpoints
import Datasets
import Models
import Optimizers
import Execution
import Programs
import Schedules
import Tensors
import TestSupport
import Testing
import VulkanBackend
import VulkanDevice

@testable import Training

@Suite("A device lost in mid-run", .enabled(if: VulkanUnderTest.missing == nil), .serialized)
struct RecoveryTests {
  /// Opens backends in turn, each lost at a given submission, or never.
  private final class Opener {
    private var ends: [UInt64?]
    private(set) var count = 0
    private(set) var told: [Int] = []
    private weak var last: VulkanBackend?
    private(set) var everTwoAtOnce = false

    init(_ losses: [UInt64?]) { ends = losses }

    func open(seed: UInt64, losses: Int) throws -> (backend: any Backend, reason: String) {
      if last != nil { everTwoAtOnce = true }
      count += 1
      told.append(losses)
      var faults = DeviceFaults()
      faults.lostAtSubmission = ends.isEmpty ? nil : ends.removeFirst()
      let backend = try VulkanBackend(seed: seed, cache: nil, faults: faults)
      last = backend
      return (backend, "device \(count)")
    }
  }

  private func trainer(_ opener: Opener) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 50
    settings.trainingSamples = 500
    settings.accuracySamples = 100
    settings.validationSamples = 100
    return try Trainer(
      FullyConnectedNet(hidden: [20], classes: 10, normalization: .batch, dropout: 0.2), data: .bundled(),
      optimizer: Adam(learningRate: 0.001), schedule: EpochDecay(0.9), settings: settings, seed: 5,
      open: opener.open)
  }

  /// The results of a run, and its messages about losses.
  private func run(_ opener: Opener, epochs: Int = 3) throws -> (
    checkpoint: Checkpoint, recoveries: [Recovery], epochs: [History.Epoch]
  ) {
    let trainer = try trainer(opener)
    var (recoveries, told): ([Recovery], [History.Epoch]) = ([], [])
    try trainer.run(epochs: epochs, reportEvery: 5) { event in
      switch event {
      case .progress: break
      case .epoch(let epoch):
        // Saves as the command does: the device may be lost here, too.
        _ = try trainer.checkpoint()
        told.append(epoch)
      case .recovery(let recovery): recoveries.append(recovery)
      }
    }
    return (try trainer.checkpoint(), recoveries, told)
  }

  /// The number of submissions for opening a trainer, always the same; a run's depends on its speed.
  private func submissionsToOpen() throws -> UInt64 {
    let opener = Opener([])
    let trainer = try trainer(opener)
    return try #require((trainer.backend as? VulkanBackend)?.submissionCount)
  }

  @Test("is opened again, and the run ends with the same bits, wherever it was lost")
  func everywhere() throws {
    let whole = try run(Opener([]))
    #expect(whole.recoveries.isEmpty && whole.epochs.count == 3)
    var places: Set<Int> = []
    for submission in stride(from: try submissionsToOpen() + 1, to: 2000, by: 11) {
      let opener = Opener([submission])
      // Finally the loss comes after the end of the run, or never.
      guard let cut = try? run(opener), let recovery = cut.recoveries.first else { break }
      #expect(cut.recoveries.count == 1 && opener.count == 2)
      #expect(!opener.everTwoAtOnce, "the lost device is given back before another is opened")
      #expect(cut.checkpoint == whole.checkpoint, "submission \(submission)")
      #expect(cut.epochs == whole.epochs, "each epoch is told of once")
      #expect(recovery.step <= recovery.lostAtStep && recovery.step.isMultiple(of: 10))
      #expect(recovery.backend == "device 2")
      let text = "The device was lost after step \(recovery.lostAtStep) (the GPU was lost"
      #expect(recovery.description.hasPrefix(text) && !recovery.description.contains("\n"))
      places.insert(recovery.step)
    }
    #expect(places == [0, 10, 20, 30], "before the first checkpoint, and after each")
  }

  @Test("may be lost again once another epoch is done, and not before")
  func again() throws {
    let whole = try run(Opener([]))
    let open = try submissionsToOpen()
    // An epoch takes about 80 to 110 submissions: the second loss is in the second or third epoch.
    let opener = Opener([open + 2, open + 130])
    let twice = try run(opener)
    #expect(opener.told == [0, 1, 2], "whoever opens is told how often the device was lost")
    #expect(twice.recoveries.count == 2 && twice.recoveries[1].step > twice.recoveries[0].step)
    #expect(twice.checkpoint == whole.checkpoint && twice.epochs == whole.epochs)

    let last = Opener([open + 2, open + 2])
    let error = try #require(throws: DeviceLost.self) { try run(last) }
    #expect(error.isDeviceLoss)
    #expect(
      "\(error)".hasPrefix(
        "the device was lost twice without an epoch in between, the last time after step "))
    #expect(last.count == 2, "it is not opened a third time")
  }

  @Test("goes back to the checkpoint that the run was resumed from")
  func resumed() throws {
    let whole = try trainer(Opener([]))
    try whole.run(epochs: 1)
    try whole.advance(4)
    let middle = try whole.checkpoint()
    try whole.run(epochs: 2)

    let cut = try trainer(Opener([]))
    try cut.resume(from: middle, path: "here")
    var watch = DeviceLossGuard()
    let recovery = try cut.recover(from: VulkanError.deviceLost(during: "a test"), &watch)
    #expect(recovery.step == 14 && cut.step == 14)
    try cut.run(epochs: 2)
    #expect(try cut.checkpoint() == whole.checkpoint())
  }

  @Test("cannot be used any more when no other can be opened, and says why")
  func gone() throws {
    struct Gone: Error {}
    var opened = 0
    var settings = TrainingSettings()
    settings.trainingSamples = 200
    let trainer = try Trainer(
      TwoLayerNet(hidden: 10, classes: 10), data: .bundled(), optimizer: SGD(learningRate: 0.1),
      settings: settings, seed: 1
    ) { seed, _ in
      opened += 1
      guard opened == 1 else { throw Gone() }
      var faults = DeviceFaults()
      faults.lostAtSubmission = 25
      return (try VulkanBackend(seed: seed, cache: nil, faults: faults), "the only one")
    }
    #expect(throws: Gone.self) { try trainer.run(epochs: 9) }
    #expect {
      _ = try trainer.checkpoint()
    } throws: { "\($0)".hasPrefix("the GPU was lost during vkQueueSubmit") }
  }
}
#endif
