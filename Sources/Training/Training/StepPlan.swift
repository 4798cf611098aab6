public import Devices
public import Datasets
public import Layers
public import Losses
public import Optimizers
public import Execution
package import Programs
public import Schedules
import Tensors

/// The plan of a training step on a backend: its kernels, its memory, and whether that is available.
///
/// Nothing is run, no device memory is allocated, and only the images' size matters.
public struct StepPlan: Encodable, Sendable {
  /// A kernel of the step.
  public struct Instruction: Encodable, Hashable, Sendable {
    /// Kernels of one level are independent of one another.
    public let level: Int
    public let kernel: String
    public let layer: String
    public let flops: Int
    /// Read and written, each element once.
    public let bytes: Int
  }

  /// A convolution of the step, alone or fused.
  public struct Convolution: Encodable, Hashable, Sendable {
    public let level: Int
    public let layer: String
    /// "forward", "input gradient" or "weight gradient".
    public let pass: String
    /// The algorithm that the backend chose.
    public let algorithm: String
    /// The reason for it, in a few words.
    public let reason: String
  }

  /// Bytes on the device.
  public struct Memory: Encodable, Hashable, Sendable {
    public let parameters: Int
    /// Running means and variances, and the normalization of pixels.
    public let statistics: Int
    /// Optimizer state.
    public let optimizer: Int
    /// Training images and labels or, if streamed, a ring of some batches; for a set of unknown size, one
    /// batch.
    public let images: Int
    /// Counters, losses and constants.
    public let other: Int
    /// The arena of a step: activations, gradients and other intermediates, sharing memory.
    public let arena: Int
    /// Additional memory of evaluation: its programs, and the validation and test images; nil for a set of
    /// unknown size.
    public let evaluation: Int?
    /// Scratch memory of kernels, and memory lost to allocation granularity.
    public let unused: Int
    public let total: Int
  }

  /// A value in the arena.
  public struct HeldValue: Encodable, Hashable, Sendable {
    /// As in the listing.
    public let name: String
    /// The layer that computes it.
    public let layer: String
    /// Its type and shape, such as `float32[50, 64, 32, 32]`.
    public let shape: String
    public let bytes: Int
    /// The level that computes it.
    public let first: Int
    /// The level of its last read.
    public let last: Int
  }

  /// The level with the most live arena memory.
  public struct Peak: Encodable, Hashable, Sendable {
    public let level: Int
    public let bytes: Int
    /// The largest first.
    public let values: [HeldValue]
  }

  /// A sentence that names the backend and the reason for its choice.
  public let backend: String
  public let batchSize: Int
  /// Nil for a set of unknown size.
  public let trainingImages: Int?
  /// The number of learned parameters.
  public let parameters: Int
  public let levels: Int
  public let flops: Int
  public let bytes: Int
  public let instructions: [Instruction]
  /// Those whose algorithm the backend has a choice of.
  public let convolutions: [Convolution]
  /// How often each rewrite was applied, by its name; without those that the backend does not use, or that
  /// were left out.
  public let rewrites: [String: Int]
  public let memory: Memory
  /// The streaming of training images; nil if they are resident.
  public let streaming: Streaming?
  public let peak: Peak
  public let device: DeviceMemory
  /// A sentence about the memory limit that is exceeded; nil if all fits.
  public let obstacle: String?
  /// The largest batch size that fits, up to the number of images; nil if not even one fits.
  public let largestBatchSize: Int?

  /// The predicted time on the requested GPU.
  public let prediction: StepPrediction?

  /// The programs as text: one line per kernel, with operands, offsets and formulas; and what is summed between them.
  public let listing: String

  private enum CodingKeys: CodingKey {
    case backend, batchSize, trainingImages, parameters, levels, flops, bytes, instructions,
      convolutions, rewrites, memory, peak, streaming
    case device, obstacle, largestBatchSize, prediction
  }

  /// Plans a step as `Trainer` would run it.
  ///
  /// - Throws: the errors of `Trainer` for invalid settings or models.
  public init(
    of model: some Layer, images: DatasetSize, loss: Loss = .softmaxCrossEntropy, optimizer: any Optimizer,
    schedule: any Schedule = ConstantRate(), backend choice: BackendChoice = .automatic,
    settings: TrainingSettings = TrainingSettings(), seed: UInt64 = 0, predictingFor card: CardModel? = nil
  ) throws {
    let (backend, reason) = try choice.open(seed: seed)
    try self.init(
      of: model, images: images, loss: loss, optimizer: optimizer, schedule: schedule, backend: backend,
      reason: reason, settings: settings, seed: seed, predictingFor: card,
      withoutRewrites: choice.withoutRewrites)
  }

  /// Plans a step of any objective on any examples, as `Trainer` would run it.
  ///
  /// - Parameter validation: nil for a part of the training examples, by the settings.
  /// - Throws: the errors of `Trainer`.
  public init(
    of objective: some Objective, training: any DataSource, validation: (any DataSource)? = nil,
    test: (any DataSource)? = nil, preparation: any Preparation = NoPreparation(),
    optimizer: any Optimizer, schedule: any Schedule = ConstantRate(),
    backend choice: BackendChoice = .automatic, settings: TrainingSettings = TrainingSettings(),
    seed: UInt64 = 0, predictingFor card: CardModel? = nil
  ) throws {
    let recipe = try RunRecipe(
      objective, training: training, validation: validation, test: test, preparation: preparation,
      optimizer: optimizer, schedule: schedule, settings: settings.inMicroBatches(ranks: 1), seed: seed)
    let (backend, reason) = try choice.open(seed: seed)
    try self.init(
      of: recipe, isKnown: true, on: backend, reason: reason, predictingFor: card,
      withoutRewrites: choice.withoutRewrites)
  }

  /// - Parameters:
  ///   - reason: names the backend and the reason for its choice.
  ///   - card: the GPU to predict the time of a step for.
  ///   - rewrites: those to leave out of the prediction.
  package init(
    of model: any Layer, images: DatasetSize, loss: Loss = .softmaxCrossEntropy, optimizer: any Optimizer,
    schedule: any Schedule = ConstantRate(), backend: any Backend, reason: String,
    settings: TrainingSettings = TrainingSettings(), seed: UInt64 = 0, predictingFor card: CardModel? = nil,
    withoutRewrites rewrites: Set<Rewrite> = []
  ) throws {
    let recipe = try RunRecipe(
      planFor: model, images: images, loss: loss, optimizer: optimizer, schedule: schedule,
      settings: settings.inMicroBatches(ranks: 1), seed: seed)
    try self.init(
      of: recipe, isKnown: images.trainingImages != nil, on: backend, reason: reason, predictingFor: card,
      withoutRewrites: rewrites)
  }

  /// - Parameter isKnown: false for a set of unknown size.
  private init(
    of recipe: RunRecipe, isKnown: Bool, on backend: any Backend, reason: String,
    predictingFor card: CardModel?, withoutRewrites rewrites: Set<Rewrite>
  ) throws {
    let settings = recipe.settings
    let planner = RunPlanner(recipe, on: backend, measuring: isKnown ? recipe.splits : [])
    func makePlan(_ batchSize: Int) throws -> RunPlan {
      let batch =
        isKnown
        ? nil : ExampleSet("training", count: batchSize * settings.accumulation, of: recipe.training.fields)
      return try planner.plan(batchSize: batchSize, on: batch)
    }
    let plan = try makePlan(settings.batchSize)
    let program = plan.program
    self.backend = reason
    batchSize = settings.batchSize
    trainingImages = isKnown ? recipe.training.count : nil
    parameters = recipe.states.parameterCount
    levels = Set(program.instructions.map(\.level)).count
    flops = program.flops
    bytes = program.byteTraffic
    instructions = program.instructions.map { instruction in
      Instruction(
        level: instruction.level, kernel: instruction.kernel.name, layer: program.place(of: instruction),
        flops: instruction.flops, bytes: program.byteTraffic(of: instruction))
    }
    convolutions = backend.convolutionChoices(of: program).map { choice in
      let instruction = program.instructions[choice.instruction]
      return Convolution(
        level: instruction.level, layer: program.place(of: instruction), pass: choice.pass,
        algorithm: choice.algorithm, reason: choice.reason)
    }
    self.rewrites = Dictionary(uniqueKeysWithValues: program.rewriteCounts.map { ($0.key.name, $0.value) })
    memory = Memory(of: plan, isMeasured: isKnown)
    streaming = Streaming(plan.step.data, of: recipe.training)
    peak = Peak(of: program)
    device = planner.device
    obstacle = plan.need.obstacle(on: device)
    prediction = try card.map {
      try StepPrediction(of: plan.step.program, on: $0, withoutRewrites: rewrites) { $0.place(of: $1) }
    }
    // The load of an empty batch, for a first guess.
    var search = BatchSearch(
      upTo: isKnown ? recipe.training.count / settings.accumulation : RunRecipe.mostImages,
      knowing: BatchSearch.Sample(batchSize: settings.batchSize, load: plan.need.load(on: device)),
      least: plan.need.load(on: device, without: program.arenaByteCount))
    while let next = search.next {
      search.add(BatchSearch.Sample(batchSize: next, load: try makePlan(next).need.load(on: device)))
    }
    largestBatchSize = search.found
    listing = plan.step.listing(of: program, on: backend)
  }
}

extension StepPlan.Peak {
  fileprivate init(of program: Program) {
    let (level, held) = program.peak
    var makers: [Program.ValueID: Program.Instruction] = [:]
    for instruction in program.instructions {
      for output in instruction.outputs { makers[output] = instruction }
    }
    let end = program.instructions.last?.level ?? 0
    self.level = level
    bytes = held.reduce(0) { $0 + $1.byteCount }
    values = held.map { life in
      StepPlan.HeldValue(
        name: "%\(life.value)", layer: makers[life.value].map(program.place) ?? "",
        shape: "\(program.values[life.value].type)", bytes: life.byteCount, first: life.levels.lowerBound,
        last: min(life.levels.upperBound, end))
    }
  }
}
