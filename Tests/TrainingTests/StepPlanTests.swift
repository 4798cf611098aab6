import Devices
import CPUBackend
import Datasets
import Models
import Optimizers
import Execution
import Programs
import Tensors
import TestSupport
import Testing
import Training

/// The CPU backend with the memory size that a test sets.
private final class SmallDevice: Backend {
  private let cpu = CPUBackend()
  let capacity: DeviceMemory

  init(_ capacity: DeviceMemory) { self.capacity = capacity }

  var name: String { cpu.name }
  var hasFloat64: Bool { true }
  func planned(_ program: Program) -> Program { program.placed() }
  func compile(_ program: Program) throws -> any Executable { try cpu.compile(program) }
  func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws { try cpu.write(bytes, to: state) }
  func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing {
    try cpu.makeStagingRing(of: states, parts: parts)
  }
  func read(_ state: State) throws -> TensorValues { try cpu.read(state) }
}

@Suite("A plan")
struct StepPlanTests {
  private static let backends: [BackendChoice] =
    VulkanUnderTest.missing == nil ? [.cpu, .vulkan(device: nil)] : [.cpu]

  private let model = FullyConnectedNet(hidden: [30], classes: 10, normalization: .batch)
  private let optimizer = Adam()

  private func settings(batchSize: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batchSize
    return settings
  }

  private func plan(
    _ batchSize: Int, on device: DeviceMemory, images: DatasetSize? = nil
  ) throws -> StepPlan {
    try StepPlan(
      of: model, images: images ?? DatasetSize(of: Dataset.bundledName), optimizer: optimizer,
      backend: SmallDevice(device), reason: "a small device", settings: settings(batchSize: batchSize))
  }

  @Test("of a step in micro-batches has both halves, and what is summed between them")
  func microBatches() throws {
    var settings = settings(batchSize: 8)
    settings.microBatches = 2
    let plan = try StepPlan(
      of: model, images: DatasetSize(of: Dataset.bundledName), optimizer: optimizer, backend: .cpu,
      settings: settings, seed: 3)
    let trainer = try Trainer(
      model, data: .bundled(), optimizer: optimizer, backend: .cpu, settings: settings, seed: 3)
    #expect(plan.listing == trainer.plan && plan.batchSize == 4)
    let lines = plan.listing.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("program gradients of a micro-batch") })
    #expect(lines.contains("summed over micro-batches and ranks"))
    #expect(lines.contains { $0.contains("small states, the loss among them") })
    #expect(lines.contains { $0.hasPrefix("program update by all micro-batches") })
    settings.microBatches = nil
    let whole = try StepPlan(
      of: model, images: DatasetSize(of: Dataset.bundledName), optimizer: optimizer, backend: .cpu,
      settings: settings, seed: 3)
    #expect(plan.memory.optimizer == whole.memory.optimizer && plan.memory.optimizer > 0)
    #expect(plan.memory.total >= whole.memory.parameters + whole.memory.optimizer)
  }

  @Test("is of the step that a trainer runs", arguments: backends)
  func trainer(backend: BackendChoice) throws {
    let settings = settings(batchSize: 7)
    let plan = try StepPlan(
      of: model, images: DatasetSize(of: Dataset.bundledName), optimizer: optimizer, backend: backend,
      settings: settings, seed: 3)
    let trainer = try Trainer(
      model, data: .bundled(), optimizer: optimizer, backend: backend, settings: settings, seed: 3)
    #expect(plan.listing == trainer.plan)
    #expect(plan.backend == trainer.backendReason)
    #expect(plan.trainingImages == trainer.trainingCount)
    #expect(plan.parameters == trainer.states.parameterCount)
    #expect(plan.listing.hasSuffix("arena of \(plan.memory.arena) bytes"))
    #expect(plan.flops == plan.instructions.reduce(0) { $0 + $1.flops })
    #expect(plan.bytes == plan.instructions.reduce(0) { $0 + $1.bytes })
    #expect(plan.levels == Set(plan.instructions.map(\.level)).count)
  }

  @Test("names the algorithm of each convolution, and why", arguments: backends)
  func convolutions(backend: BackendChoice) throws {
    // The stem, two blocks of two, and a projection.
    let plan = try StepPlan(
      of: ResNet(.basic, depths: [1, 1], widths: [16, 32], classes: 10),
      images: DatasetSize(shape: ImageShape(channels: 3, height: 32, width: 32), classes: 10),
      optimizer: optimizer, backend: backend, settings: settings(batchSize: 8))
    func count(_ pass: String) -> Int { plan.convolutions.count { $0.pass == pass } }
    #expect(count("forward") == 6 && count("weight gradient") == 6)
    // Nothing asks for the gradient of the images.
    #expect(count("input gradient") >= 5)
    #expect(
      plan.convolutions.allSatisfy {
        !$0.layer.isEmpty && !$0.algorithm.isEmpty && !$0.reason.isEmpty
      })
    #expect(
      plan.convolutions.allSatisfy { item in plan.instructions.contains { $0.level == item.level } }
    )
    guard backend == .cpu else { return }
    #expect(plan.convolutions.contains { $0.algorithm == "Winograd F(4×4, 3×3)" })
    #expect(!plan.convolutions.contains { $0.algorithm == "reference loops" })
    #expect(try self.plan(7, on: DeviceMemory(byteCount: nil)).convolutions.isEmpty)
  }

  @Test("counts what a hand counts")
  func memory() throws {
    let memory = try plan(7, on: DeviceMemory(byteCount: nil)).memory
    let parameters = 784 * 30 + 30 + 2 * 30 + 30 * 10 + 10
    #expect(memory.parameters == 4 * parameters)
    #expect(memory.optimizer == 2 * 4 * parameters)
    // Running mean and variance; the mean image and one scale factor.
    #expect(memory.statistics == 4 * (2 * 30 + 784 + 1))
    #expect(memory.images == 5400 * (784 + 4))
    // 1,000 test images and 600 validation images; the arenas of the three evaluations have batches of 250.
    let evaluation = try #require(memory.evaluation)
    #expect(evaluation > 1600 * 788 + 3 * 250 * 784 * 4)
    #expect(
      memory.total == memory.parameters + memory.statistics + memory.optimizer + memory.images
        + memory.other + memory.arena + evaluation)
  }

  @Test("of images of unknown number counts one batch")
  func unknown() throws {
    let images = DatasetSize(shape: ImageShape(channels: 3, height: 8, width: 8), classes: 10)
    let plan = try plan(7, on: DeviceMemory(byteCount: nil), images: images)
    #expect(plan.trainingImages == nil && plan.memory.evaluation == nil)
    #expect(plan.memory.images == 7 * (3 * 64 + 4))
    #expect(plan.largestBatchSize == 65_536)
  }

  @Test("says what holds the peak")
  func peak() throws {
    let plan = try plan(500, on: DeviceMemory(byteCount: nil))
    #expect(plan.peak.values.map(\.bytes) == plan.peak.values.map(\.bytes).sorted(by: >))
    #expect(plan.peak.values.reduce(0) { $0 + $1.bytes } == plan.peak.bytes)
    #expect(plan.peak.bytes <= plan.memory.arena)
    #expect(plan.peak.values.allSatisfy { ($0.first...$0.last).contains(plan.peak.level) })
    #expect(plan.peak.values[0].shape == "float32[500, 1, 28, 28]")
    for value in plan.peak.values { #expect(plan.listing.contains("\(value.name) \(value.shape) @")) }
  }

  @Test("finds the largest batch that fits, whatever limits it")
  func largest() throws {
    let known = try plan(100, on: DeviceMemory(byteCount: nil)).memory
    for device in [
      DeviceMemory(byteCount: known.total), DeviceMemory(byteCount: known.total - 1),
      DeviceMemory(byteCount: 2 * known.total), DeviceMemory(byteCount: nil, largestPiece: 5_000_000),
      DeviceMemory(byteCount: nil, largestValue: 4_300_000),
      DeviceMemory(byteCount: 1 << 30, largestPiece: 5_000_000, largestValue: 4_300_000),
    ] {
      let largest = try #require(try plan(1, on: device).largestBatchSize)
      #expect(largest > 50 && largest < 5400)
      #expect(try plan(largest, on: device).obstacle == nil)
      let beyond = try plan(largest + 1, on: device)
      #expect(beyond.obstacle != nil && beyond.largestBatchSize == largest)
    }
  }

  @Test("says what there is too little of")
  func obstacles() throws {
    let rows: [(device: DeviceMemory, words: String)] = [
      (DeviceMemory(byteCount: 1_000_000), "of memory, and the device has 1.0 MB"),
      (DeviceMemory(byteCount: nil, largestPiece: 90_000), "at most 0.1 MB in one piece"),
      (DeviceMemory(byteCount: 1 << 40, available: 300_000), "of memory, and the device has 0.3 MB left"),
      (DeviceMemory(byteCount: nil, largestValue: 90_000), "float32[50, 1, 28, 28] has 0.2 MB"),
    ]
    for (device, words) in rows {
      let plan = try plan(50, on: device)
      #expect(plan.obstacle?.contains(words) == true, "\(plan.obstacle ?? "")")
      #expect(plan.largestBatchSize == nil)
    }
    let ample = try plan(50, on: DeviceMemory(byteCount: 1 << 40))
    #expect(ample.obstacle == nil && ample.largestBatchSize == 5400)
  }

  @Test("streams images that no kernel could reach, or that there is no memory for")
  func streaming() throws {
    let images = 5400 * 788
    for device in [
      DeviceMemory(byteCount: nil, largestValue: 4_000_000),
      DeviceMemory(byteCount: nil, largestPiece: 4_000_000),
      DeviceMemory(byteCount: 1 << 40, available: 6_000_000),
    ] {
      let plan = try plan(5, on: device)
      let streaming = try #require(plan.streaming)
      #expect(streaming.imageBytes == images)
      #expect(streaming.ringBytes == streaming.batches * 5 * 788)
      #expect(plan.memory.images == streaming.ringBytes && plan.obstacle == nil)
      #expect(plan.listing.contains("training.ring.images"))
    }
    let ample = DeviceMemory(byteCount: nil, largestValue: 4_000_000)
    #expect(try plan(5, on: ample).streaming?.batches == 128)
    #expect(try plan(1000, on: ample).streaming?.batches == 4, "4 MB are as far as a kernel reaches")
    // A device whose limit is only known by trying keeps the images resident.
    #expect(try plan(5, on: DeviceMemory(byteCount: 6_000_000)).streaming == nil)
    #expect(try plan(5, on: DeviceMemory(byteCount: 1 << 40, available: 1 << 40)).streaming == nil)
  }

  @Test("streams what its trainer streams", arguments: backends)
  func streamedTrainer(backend: BackendChoice) throws {
    var settings = settings(batchSize: 7)
    settings.dataResidency = .streamed
    let plan = try StepPlan(
      of: model, images: DatasetSize(of: Dataset.bundledName), optimizer: optimizer, backend: backend,
      settings: settings, seed: 3)
    let trainer = try Trainer(
      model, data: .bundled(), optimizer: optimizer, backend: backend, settings: settings, seed: 3)
    #expect(plan.streaming != nil && plan.streaming == trainer.streaming)
    #expect(plan.listing == trainer.plan)
    #expect(plan.memory.images == plan.streaming?.ringBytes)
  }

  @Test("refuses the settings that a trainer refuses")
  func refusals() throws {
    #expect(throws: TrainingError.self) { try plan(0, on: DeviceMemory(byteCount: nil)) }
    #expect(throws: TrainingError.self) { try plan(5401, on: DeviceMemory(byteCount: nil)) }
  }
}
