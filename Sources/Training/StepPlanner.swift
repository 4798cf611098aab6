import Datasets
import Layers
import Losses
import Optimizers
import Programs
import Schedules
import Tensors

/// Plans one training step for batches of different sizes.
struct StepPlanner {
  /// Nil for a set of unknown size.
  let trainingImages: Int?

  private let model: any Layer
  private let images: DatasetSize
  private let loss: Loss
  private let optimizer: any Optimizer
  private let schedule: any Schedule
  private let settings: TrainingSettings
  private let seed: UInt64
  private let backend: any Backend

  /// An image that stands for all, for what is measured on pixels.
  private let blank: LabeledImages

  /// What measuring the accuracy takes; nil for a set of unknown size.
  private let evaluation: Int?

  /// Sizes of batches for a set of unknown size.
  private static let mostImages = 1 << 16

  init(
    model: any Layer, images: DatasetSize, loss: Loss, optimizer: any Optimizer, schedule: any Schedule,
    settings: TrainingSettings, seed: UInt64, backend: any Backend
  ) throws {
    (self.model, self.images, self.loss, self.optimizer) = (model, images, loss, optimizer)
    (self.schedule, self.settings, self.seed, self.backend) = (schedule, settings, seed, backend)
    blank = try LabeledImages(
      pixels: [UInt8](repeating: 0, count: images.shape.count), labels: [0], shape: images.shape)
    guard let available = images.trainingImages else {
      guard (1...StepPlanner.mostImages).contains(settings.batchSize) else {
        throw TrainingError.setting(
          "the batch size is \(settings.batchSize), but has to be from 1 to \(StepPlanner.mostImages)")
      }
      try settings.check(trainingCount: settings.batchSize)
      (trainingImages, evaluation) = (nil, nil)
      return
    }
    let held = try settings.validation.count(of: available)
    let count = try settings.trainingCount(of: available - held)
    try settings.check(trainingCount: count)
    trainingImages = count
    evaluation = try StepPlanner.evaluation(
      of: model, images: images, blank: blank, loss: loss, settings: settings, training: count, held: held,
      on: backend)
  }

  /// The step with batches of one size, planned for the backend.
  func step(batchSize: Int) throws -> PlannedStep {
    var settings = settings
    settings.batchSize = batchSize
    let states = StateStore()
    let data = ResidentImages("training", count: trainingImages ?? batchSize, of: images.shape)
    let normalizer = try PixelNormalizer(settings.normalization, of: blank)
    let step = try TrainingStep(
      model, states: states, normalizer: normalizer, loss: loss, optimizer: optimizer, schedule: schedule,
      data: data, classes: images.classes, settings: settings, seed: seed)
    return PlannedStep(
      backend.planned(step.program), parameterCount: states.parameterCount, evaluation: evaluation)
  }

  /// The most images of a step with which all fits, up to as many as there are; nil if not even one does.
  func largestBatchSize(knowing step: PlannedStep) throws -> Int? {
    let device = backend.capacity
    let known = BatchSearch.Sample(batchSize: settings.batchSize, load: step.load(on: device))
    var search = BatchSearch(
      upTo: trainingImages ?? StepPlanner.mostImages, knowing: known, least: step.leastLoad(on: device))
    while let next = search.next {
      search.add(
        BatchSearch.Sample(batchSize: next, load: try self.step(batchSize: next).load(on: device)))
    }
    return search.found
  }

  /// What measuring takes: the arenas of its programs, which stay, and the images that no step is trained on.
  private static func evaluation(
    of model: any Layer, images: DatasetSize, blank: LabeledImages, loss: Loss, settings: TrainingSettings,
    training: Int, held: Int, on backend: any Backend
  ) throws -> Int {
    func bytes(_ name: String, of count: Int, measuring measured: Int, counted: Bool) throws -> Int {
      guard count > 0, measured > 0 else { return 0 }
      let data = ResidentImages(name, count: count, of: images.shape)
      let step = try EvaluationStep(
        model, states: StateStore(), normalizer: PixelNormalizer(settings.normalization, of: blank),
        loss: loss, on: data, name: name, count: measured, classes: images.classes,
        precision: settings.precision)
      return backend.planned(step.program).arenaByteCount + (counted ? data.byteCount : 0)
    }
    return try bytes(
      "training", of: training, measuring: min(settings.accuracySamples, training), counted: false)
      + bytes(
        "validation", of: held, measuring: min(settings.validationSamples ?? held, held), counted: true)
      + bytes("test", of: images.testImages ?? 0, measuring: images.testImages ?? 0, counted: true)
  }
}

/// A training step as a backend would run it, and what it takes.
struct PlannedStep {
  let program: Program
  let parameterCount: Int
  let memory: StepPlan.Memory

  /// The largest value that a kernel touches, and the largest state.
  private let largestValue: TensorType?
  private let largestState: Int

  init(_ program: Program, parameterCount: Int, evaluation: Int?) {
    self.program = program
    self.parameterCount = parameterCount
    var states: Set<State> = []
    var constants: Set<Constant> = []
    for value in program.values {
      switch value.storage {
      case .arena: break
      case .state(let state): states.insert(state)
      case .constant(let constant): constants.insert(constant)
      }
    }
    func bytes(_ isCounted: (State) -> Bool) -> Int {
      states.filter(isCounted).reduce(0) { $0 + $1.byteCount }
    }
    let all = bytes { _ in true }
    let (parameters, statistics) = (bytes(\.isParameter), bytes { $0.role == .statistic })
    let (optimizer, images) = (bytes { $0.role == .optimizer }, bytes(ResidentImages.holds))
    let fixed = constants.reduce(0) { $0 + $1.values.bytes.count }
    memory = StepPlan.Memory(
      parameters: parameters, statistics: statistics, optimizer: optimizer, images: images,
      other: all - parameters - statistics - optimizer - images + fixed, arena: program.arenaByteCount,
      evaluation: evaluation, total: all + fixed + program.arenaByteCount + (evaluation ?? 0))
    largestValue = program.values.map(\.type).max { $0.byteCount < $1.byteCount }
    largestState = states.map(\.byteCount).max() ?? 0
  }

  /// How much of the device's memory it takes, and of its other limits: above 1 does not fit.
  func load(on device: DeviceMemory) -> Double {
    max(
      ratio(memory.total, device.byteCount), ratio(memory.arena, device.largestPiece),
      ratio(largestState, device.largestPiece), ratio(largestValue?.byteCount ?? 0, device.largestValue))
  }

  /// The load of all that does not depend on the batch's size.
  func leastLoad(on device: DeviceMemory) -> Double {
    max(ratio(memory.total - memory.arena, device.byteCount), ratio(largestState, device.largestPiece))
  }

  private func ratio(_ bytes: Int, _ limit: Int?) -> Double {
    limit.map { Double(bytes) / Double(max($0, 1)) } ?? 0
  }

  /// What the device has too little of, as a sentence; nil if all fits.
  func obstacle(on device: DeviceMemory) -> String? {
    if let most = device.byteCount, memory.total > most {
      return "it takes \(text(memory.total)) of memory, and the device has \(text(most))"
    }
    if let most = device.largestPiece, max(memory.arena, largestState) > most {
      let what = memory.arena > most ? "its arena" : "a state"
      return
        "\(what) is one piece of \(text(max(memory.arena, largestState))), and the device gives at most \(text(most)) "
        + "in one piece"
    }
    if let most = device.largestValue, let type = largestValue, type.byteCount > most {
      return
        "a value \(type) has \(text(type.byteCount)), and a kernel of the device reaches at most \(text(most))"
    }
    return nil
  }

  private func text(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }
}
