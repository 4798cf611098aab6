import Diagnostics
public import Devices
import Checkpoints
public import Datasets
package import MessagePassing
public import Layers
public import Losses
public import Optimizers
public import Execution
import Programs
public import Schedules
public import Tensors

/// Trains a model for an objective.
///
/// On labeled images,
///
///     let trainer = try Trainer(model, data: .bundled(), optimizer: Momentum(learningRate: 0.01))
///     let history = try trainer.run(epochs: 10)
///     print(try trainer.evaluate(.test).accuracy)
///
/// or with any objective, on any examples:
///
///     let trainer = try Trainer(Regression(model), training: houses, optimizer: Adam())
///
/// A trainer belongs to one isolation domain.
public final class Trainer {
  /// The splits of the examples.
  public enum Split: String, Sendable {
    case training, validation, test
  }

  /// With micro-batches as batches, of which as many are taken for a step.
  public let settings: TrainingSettings

  /// The names of the classes; empty without classes.
  public let classNames: [String]

  /// A sentence that names the backend and the reason for its choice.
  public private(set) var backendReason: String

  /// A sentence about auto-tuning; nil if there was none.
  public var tuningSummary: String? { (backend as? any TuningBackend)?.tuningSummary }
  public internal(set) var history: History

  /// Sentences a user should know before the run begins.
  public var notes: [String] {
    guard let least = trainingStep.leastNormalized, settings.batchSize == 1 else { return [] }
    let effect =
      least == 1
      ? "its results are the same for every image, so that nothing can be learned"
      : "each image is normalized by its own pixels, and in evaluation by those of all"
    return [
      "batch normalization has batches of one image: \(effect); give larger batches, or take layer normalization"
    ]
  }

  /// The streaming of training images; nil if they are resident.
  public var streaming: Streaming? { Streaming(trainingStep.data, of: recipe.training) }

  /// The parameters and statistics of the model.
  public let states: StateStore

  /// Training examples, without the validation set.
  public var trainingCount: Int { recipe.training.count }
  /// Validation examples, for choosing the best parameters.
  public var validationCount: Int { recipe.others[.validation]?.count ?? 0 }
  /// Examples for the final evaluation.
  public var testCount: Int { recipe.others[.test]?.count ?? 0 }
  public var stepsPerEpoch: Int { trainingCount / settings.examplesPerStep }

  /// The classes and the shape of images, as recorded in checkpoints; nil for other examples.
  let identity: ModelIdentity?

  /// Steps done since the beginning of the run.
  public internal(set) var step = 0

  let recipe: RunRecipe
  let placement: DataPlacement
  /// The backend: for custom programs on the same states, `Session(trainer.backend)`.
  ///
  /// Replaced after a device loss.
  public private(set) var backend: any Backend
  let trainingStep: TrainingStep
  private(set) var executable: any Executable
  /// Nil for steps that are one program.
  private(set) var exchange: GradientExchange?
  let ranks: Communicator?

  /// True if another rank's wish to stop has ended the run, or this one's.
  package internal(set) var wasStopped = false
  private(set) var wantsToStop: () -> Bool = { false }
  /// True if the state of all ranks is to be collected.
  var wantsToSave = false
  /// The optimizer state that other ranks keep, after the present step; nil if it was not collected.
  var collected: [State: TensorValues]?

  /// Nil for resident examples, and before first use.
  private var feed: BatchFeed?
  private var evaluators: [Split: Evaluator] = [:]
  private let open: (_ seed: UInt64, _ losses: Int) throws -> (backend: any Backend, reason: String)
  private var losses = 0
  private let seed: UInt64

  /// The checkpoint to resume from if the device is lost; nil for the beginning.
  var recoveryPoint: Checkpoint?

  /// The counters after the first step of a run.
  var counterMark: CounterMark?
  private(set) var residentAtFirstEpoch: Int?

  /// The parameters and statistics at the end of the best epoch.
  var bestValues: [State: TensorValues] = [:]

  /// Plans the training step, and loads the images to the backend, or allocates a ring for streaming them.
  ///
  /// - Parameters:
  ///   - tuning: the effort of auto-tuning on a Vulkan device; nil for the default of `BackendChoice.open`.
  ///   - seed: of initial parameters, the order of images, and all other random numbers.
  /// - Throws: `TrainingError` for invalid settings, `GraphError` for a model that does not fit the data,
  ///   `DatasetError`, `BackendUnavailable`, `OutOfMemory` with the largest batch that fits.
  public convenience init(
    _ model: some Layer, data: Dataset, loss: Loss = .softmaxCrossEntropy, optimizer: any Optimizer,
    schedule: any Schedule = ConstantRate(), backend choice: BackendChoice = .automatic,
    tuning: Tuning? = nil, settings: TrainingSettings = TrainingSettings(), seed: UInt64 = 0
  ) throws {
    try self.init(
      model, data: data, loss: loss, optimizer: optimizer, schedule: schedule, settings: settings, seed: seed
    ) { try choice.open(seed: $0, tuning: tuning, losses: $1) }
  }

  /// Trains for any objective, on any examples.
  ///
  /// - Parameters:
  ///   - validation: for choosing the best parameters; nil for a part of the training examples, by the
  ///     settings.
  ///   - test: for the final evaluation only; nil for none.
  ///   - preparation: of batches, before the objective.
  ///   - tuning: the effort of auto-tuning on a Vulkan device; nil for the default of `BackendChoice.open`.
  ///   - seed: of initial parameters, the order of examples, and all other random numbers.
  /// - Throws: `TrainingError` for invalid settings, `GraphError` for models that do not fit the examples,
  ///   `BackendUnavailable`, `OutOfMemory` with the largest batch that fits, and errors of sources and
  ///   objective.
  public convenience init(
    _ objective: some Objective, training: any DataSource, validation: (any DataSource)? = nil,
    test: (any DataSource)? = nil, preparation: any Preparation = NoPreparation(), optimizer: any Optimizer,
    schedule: any Schedule = ConstantRate(), backend choice: BackendChoice = .automatic,
    tuning: Tuning? = nil, settings: TrainingSettings = TrainingSettings(), seed: UInt64 = 0
  ) throws {
    try self.init(
      objective, training: training, validation: validation, test: test, preparation: preparation,
      optimizer: optimizer, schedule: schedule, settings: settings, seed: seed
    ) { try choice.open(seed: $0, tuning: tuning, losses: $1) }
  }

  /// - Parameters:
  ///   - ranks: the processes that train together; nil for one alone.
  ///   - open: opens the backend, with the seed for initial values; again after device losses, with their
  ///     number.
  package convenience init(
    _ model: some Layer, data: Dataset, loss: Loss = .softmaxCrossEntropy, optimizer: any Optimizer,
    schedule: any Schedule = ConstantRate(), settings: TrainingSettings = TrainingSettings(), seed: UInt64,
    ranks: Communicator? = nil,
    open: @escaping (_ seed: UInt64, _ losses: Int) throws -> (backend: any Backend, reason: String)
  ) throws {
    let (training, validation) = try data.parts(validation: settings.validation)
    // Measured before the subset is taken, as in CS231n: few images have an unusual mean.
    let normalizer = try PixelNormalizer(settings.normalization, of: training)
    let trained = training.prefix(try settings.trainingCount(of: training.count))
    let weights = try settings.classWeights?.weights(of: trained.labels, classes: data.classNames.count)
    try self.init(
      Classification(
        model, classes: data.classNames.count, loss: loss, classWeights: weights,
        metrics: settings.metrics ?? [.accuracy]),
      training: trained,
      validation: validation, test: data.test,
      preparation: ImagePreparation(normalizer: normalizer, augmentation: settings.augmentation),
      optimizer: optimizer, schedule: schedule, settings: settings, seed: seed, classNames: data.classNames,
      identity: ModelIdentity(classNames: data.classNames, shape: data.shape), ranks: ranks, open: open)
  }

  /// - Parameters:
  ///   - validation: an empty one for none.
  ///   - ranks: as above; `open` likewise.
  package init(
    _ objective: any Objective, training: any DataSource, validation: (any DataSource)?,
    test: (any DataSource)?, preparation: any Preparation, optimizer: any Optimizer,
    schedule: any Schedule, settings: TrainingSettings, seed: UInt64, classNames: [String] = [],
    identity: ModelIdentity? = nil, ranks: Communicator? = nil,
    open: @escaping (_ seed: UInt64, _ losses: Int) throws -> (backend: any Backend, reason: String)
  ) throws {
    let settings = try settings.inMicroBatches(ranks: ranks?.size ?? 1)
    (self.settings, self.ranks) = (settings, ranks)
    (self.classNames, self.identity) = (classNames, identity)
    recipe = try RunRecipe(
      objective, training: training, validation: validation, test: test, preparation: preparation,
      optimizer: optimizer, schedule: schedule, settings: settings, seed: seed,
      place: ranks.map { OptimizerShards.Place(rank: $0.rank, count: $0.size) })
    states = recipe.states
    history = History(monitoring: settings.monitored ?? objective.monitored)
    (self.open, self.seed) = (open, seed)
    let (backend, reason) = try open(seed, 0)
    (self.backend, backendReason) = (backend, reason)
    // Evaluation at the end of an epoch is planned too, so that a shortage shows now.
    let planner = RunPlanner(recipe, on: backend, measuring: backend.capacity.isLimited ? recipe.splits : [])
    let plan = try planner.plan(batchSize: settings.batchSize)
    (placement, trainingStep) = (plan.placement, plan.step)
    do {
      if let shortage = backend.shortage(for: plan.programs) { throw shortage }
      executable = try trainingStep.executable(on: backend, settings, ranks)
      exchange = try trainingStep.exchange.map {
        try GradientExchange(
          $0, after: executable, microBatches: settings.accumulation, ranks: ranks,
          precision: settings.gradientPrecision, shards: trainingStep.shards, on: backend)
      }
    } catch let error as OutOfMemory {
      throw error.advising(settings) {
        backend.shortage(for: try planner.plan(batchSize: $0, recomputation: $1).programs) == nil
      }
    }
  }

  /// Refuses a run that would overflow the 32-bit step counter.
  ///
  /// - Throws: `TrainingError.setting`.
  public func check(epochs: Int) throws(TrainingError) {
    let most = Int(Int32.max) / (stepsPerEpoch * settings.accumulation)
    guard (1...most).contains(epochs) else {
      throw .setting("the number of epochs is \(epochs), but has to be from 1 to \(most)")
    }
  }

  /// True if the last step ended an epoch.
  public var isAtEpochEnd: Bool { step.isMultiple(of: stepsPerEpoch) }

  /// The training step as a listing.
  public var plan: String {
    trainingStep.listing(of: backend.planned(trainingStep.program), on: backend)
  }

  /// The progress of a run.
  public struct Progress: Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    public let step: Int
    public let steps: Int

    /// Of the last step, including penalties that are part of it.
    public let loss: Double
    public let examplesPerSecond: Double
    public let secondsLeft: Double
  }

  public enum Event: Sendable {
    case progress(Progress)
    case epoch(History.Epoch)
    /// The device was lost, and the run continues from an earlier state.
    case recovery(Recovery)
  }

  /// Trains until so many epochs are complete, counted from the beginning of the run.
  ///
  /// - Parameters:
  ///   - interval: report after every so many steps; nil for about ten reports per second.
  ///   - handler: receives events.
  ///   - isStopped: polled often; true ends the run after the current step.
  /// - Returns: the history so far.
  /// - Throws: `TrainingError.diverged`; backend errors, `DeviceLost` only for a device lost a second time
  ///   before an epoch was finished; errors of the handler.
  @discardableResult
  public func run(
    epochs: Int, reportEvery interval: Int? = nil, on handler: (Event) throws -> Void = { _ in },
    until isStopped: () -> Bool = { false }
  ) throws -> History {
    try withoutActuallyEscaping(isStopped) { isStopped in
      wantsToStop = isStopped
      defer { wantsToStop = { false } }
      return try train(epochs: epochs, reportEvery: interval, on: handler, until: isStopped)
    }
  }

  private func train(
    epochs: Int, reportEvery interval: Int?, on handler: (Event) throws -> Void, until isStopped: () -> Bool
  ) throws -> History {
    try check(epochs: epochs)
    let total = epochs * stepsPerEpoch
    wasStopped = false
    // Ranks stop together, after a step in which one has said so.
    func mustStop() -> Bool { exchange == nil ? isStopped() : wasStopped }
    var pace = Pace(from: step)
    var watch = DeviceLossGuard()
    var isPrepared = false
    // A finished epoch that the handler has not fully processed.
    var finished: History.Epoch?
    while finished != nil || (step < total && !mustStop()) {
      do {
        if !isPrepared, step < total { try prepare(steps: total - step) }
        isPrepared = true
        if finished == nil {
          let epochEnd = (step / stepsPerEpoch + 1) * stepsPerEpoch
          var chunk = min(epochEnd - step, TrainingStep.lossCapacity, pace.stepsPerReport)
          if let interval { chunk = min(chunk, interval - step % interval) }
          let loss = try advance(chunk)
          counterMark = counterMark ?? CounterMark(backend, executable)
          pace.note(step)
          if interval.map({ step % $0 == 0 }) ?? true {
            try handler(
              .progress(
                Progress(
                  epoch: (step - 1) / stepsPerEpoch + 1, epochs: epochs, step: step, steps: total, loss: loss,
                  examplesPerSecond: pace.stepsPerSecond * Double(settings.examplesPerStep),
                  secondsLeft: Double(total - step) / pace.stepsPerSecond)))
          }
          if step == epochEnd { finished = try finishEpoch() }
        }
        if let epoch = finished {
          try handler(.epoch(epoch))
          if residentAtFirstEpoch == nil { residentAtFirstEpoch = ResidentMemory.byteCount }
        }
        finished = nil
      } catch let error as any BackendError where error.isDeviceLoss && ranks == nil {
        let recovery = try recover(from: error, &watch)
        if finished?.step != step { finished = nil }
        (pace, isPrepared) = (Pace(from: step), false)
        try handler(.recovery(recovery))
      }
    }
    return history
  }

  /// Runs some steps, at most as many as losses are kept, and reads their losses.
  ///
  /// - Returns: the last one.
  /// - Throws: `TrainingError.diverged` if one is not a finite number; `TrainingError.anomaly`.
  @discardableResult
  package func advance(_ count: Int) throws -> Double {
    let first = step
    try runSteps(count)
    let ring: [Float] = try backend.read(trainingStep.losses).elements()
    for number in first..<step {
      let loss = ring[number % TrainingStep.lossCapacity]
      guard loss.isFinite else { throw TrainingError.diverged(step: number + 1, loss: Double(loss)) }
      history.losses.append(loss)
    }
    return history.losses.last.map(Double.init) ?? .nan
  }

  /// Runs some steps without reading their losses: fewer if ranks agree to stop.
  func runSteps(_ count: Int) throws {
    if let exchange {
      for number in 1...count where !wasStopped { try runStep(exchange, isLast: number == count) }
      return
    }
    try runBatches(count * settings.accumulation, from: step * settings.accumulation)
    step += count
  }

  /// Runs the step's program on some batches.
  func runBatches(_ count: Int, from first: Int) throws {
    let watched = (executable as? AnomalyWatch)?.stepsDone ?? 0
    do {
      if let feed = try trainingFeed() {
        try feed.run(from: first, count: count)
      } else {
        try executable.run(steps: count)
      }
    } catch let anomaly as Anomaly {
      let batches = first + ((executable as? AnomalyWatch)?.stepsDone ?? 0) - watched
      let done = batches / settings.accumulation
      throw TrainingError.anomaly(anomaly, epoch: done / stepsPerEpoch + 1, step: done + 1)
    }
  }

  /// Streams the images of the next steps to the device; nil for resident images.
  func trainingFeed() throws -> BatchFeed? {
    if let feed { return feed }
    guard let ring = trainingStep.data.ring else { return nil }
    feed = try BatchFeed(
      ring, of: recipe.training.source, in: order(), batchesPerEpoch: stepsPerEpoch * settings.accumulation,
      for: executable, on: backend)
    return feed
  }

  /// After an external change of the step or key, other images follow.
  func resetFeed() throws { if let feed { feed.reset(to: try order()) } }

  /// The indices in the training set of a step's examples: to inspect those of a step that went wrong, or to
  /// train elsewhere in the same order.
  ///
  /// - Parameter step: from 1, as the history counts them; past or to come.
  public func examples(ofStep step: Int) throws -> [Int] {
    precondition(step >= 1, "steps are counted from 1")
    let (order, batches) = (try order(), settings.accumulation)
    return try ((step - 1) * batches..<step * batches).flatMap {
      try order.numbers(ofBatch: $0).map(Int.init)
    }
  }

  private func order() throws -> SampledOrder {
    try SampledOrder(
      settings.sampling, batchSize: settings.batchSize, batches: settings.accumulation, count: trainingCount,
      key: backend.read(trainingStep.key), classes: recipe.classes)
  }

  private func finishEpoch() throws -> History.Epoch {
    let losses = history.losses.suffix(stepsPerEpoch)
    let trained = try evaluate(.training)
    let validated = validationCount == 0 ? nil : try evaluate(.validation)
    // The last update may have broken the parameters after the last loss was computed.
    for measured in [trained, validated].compactMap({ $0 }) where !measured.loss.isFinite {
      throw TrainingError.diverged(step: step, loss: measured.loss)
    }
    let epoch = History.Epoch(
      epoch: step / stepsPerEpoch, step: step,
      loss: losses.reduce(0) { $0 + Double($1) } / Double(max(losses.count, 1)), training: trained,
      validation: validated)
    history.epochs.append(epoch)
    try followSchedule()
    if history.best == epoch {
      for state in changingStates { bestValues[state] = try backend.read(state) }
    }
    // Ranks do not go on after the loss of a device.
    if ranks == nil { recoveryPoint = try checkpoint() }
    return epoch
  }

  /// Multiplies the learning rate by the schedule's factor for the epoch that ends.
  private func followSchedule() throws {
    let measured = history.epochs.map(history.criterion)
    let factors = [measured.dropLast(), measured[...]].map {
      recipe.schedule.factor(after: Array($0), isBetter: history.monitored.direction.isBetter)
    }
    guard factors[0] != factors[1] else { return }
    let rate = try backend.read(trainingStep.learningRate).doubles[0]
    try backend.write(
      TensorValues([Float(rate * factors[1] / factors[0])], shape: []), to: trainingStep.learningRate)
  }

  /// Replaces the backend after a device loss, with the same programs; states have their initial values.
  func reopen(after loss: any BackendError) throws {
    // The lost device is released first: a driver may have no room for two.
    evaluators = [:]
    feed = nil
    executable = LostBackend(loss: loss)
    backend = LostBackend(loss: loss)
    // The new backend has counters of its own.
    counterMark = nil
    losses += 1
    let (backend, reason) = try open(seed, losses)
    executable = try trainingStep.executable(on: backend, settings, ranks)
    exchange = try trainingStep.exchange.map {
      try GradientExchange(
        $0, after: executable, microBatches: settings.accumulation, ranks: ranks,
        precision: settings.gradientPrecision, shards: trainingStep.shards, on: backend)
    }
    (self.backend, backendReason) = (backend, reason)
  }

  /// The fingerprint of the run's data, as recorded in checkpoints.
  private(set) lazy var fingerprint = DataFingerprint(
    training: recipe.training.source, validation: recipe.others[.validation]?.source)

  /// The states of the model: its parameters and statistics, and those of the preparation.
  var modelStates: [State] { states.states + recipe.preparation.states }

  /// Those of them that are not the same all through a run: what adapters are of stays as it is, and is kept once.
  var changingStates: [State] {
    guard settings.lora != nil else { return modelStates }
    let frozen = Frozen(settings)
    return modelStates.filter { !$0.isParameter || !frozen.contains($0) }
  }

  /// The parameters that are trained: of a run that trains adapters those, and the model's own that `loraTrained` names.
  public var trainedParameters: [State] {
    let frozen = Frozen(settings)
    return states.parameters.filter { !frozen.contains($0) }
  }

  /// Evaluates the present model on a split: on all test examples, or on as many of the others as the
  /// settings say.
  ///
  /// Ranks share the batches out, so all of them have to call it.
  public func evaluate(_ split: Split) throws -> Evaluation { try evaluator(for: split).evaluate() }

  func evaluator(for split: Split) throws -> Evaluator {
    if let evaluator = evaluators[split] { return evaluator }
    let evaluation = try recipe.evaluationStep(split, placement, on: backend.capacity)
    let evaluator = try Evaluator(evaluation, of: recipe.examples(split), on: backend, ranks: ranks)
    evaluators[split] = evaluator
    return evaluator
  }

  /// Inspects single images and parameters: created for each use, so that its memory is free in between.
  func modelProbe() -> ModelProbe { ModelProbe(recipe, on: backend) }

  /// Runs a function with the parameters of the best epoch in place of the present ones.
  public func withBestParameters<Result>(_ body: () throws -> Result) throws -> Result {
    var present: [State: TensorValues] = [:]
    for (state, values) in bestValues {
      present[state] = try backend.read(state)
      try backend.write(values, to: state)
    }
    let result = try body()
    for (state, values) in present { try backend.write(values, to: state) }
    return result
  }
}
