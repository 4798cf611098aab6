import ArgumentParser
import Lemnos

/// The command `lemnos train`.
///
/// Options with numbers are parsed unconditionally, so that a negative one gets an answer of its own.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on images.",
    discussion: """
      Without options: a two-layer net on the images of clothes that are part of the program.

      Examples:
        lemnos train --epochs 5 --learning-rate 0.005
        lemnos train --model fully-connected-net --hidden 200,100
        lemnos train --resume runs/mine/last.safetensors --epochs 60
      """)

  private static let defaults = RunConfiguration()

  @Option(
    help: ArgumentHelp(
      "The network (default: two-layer-net).",
      valueName: RunConfiguration.Model.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model?

  @Option(
    help: ArgumentHelp(
      "Units of each hidden layer, of the nets that leave them open (default: 1024).", valueName: "n,n,…"),
    transform: Train.units)
  var hidden: [Int]?

  @Option(
    help: ArgumentHelp(
      "Normalization of a fully-connected net's hidden layers (default: none).", valueName: "none|batch|layer"
    ),
    transform: { try Spelling.parse($0, as: FullyConnectedNet.Normalization.self) })
  var normalization: FullyConnectedNet.Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability of dropping a hidden unit of a fully-connected net (default: 0).", valueName: "x"))
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "A data set's name, or a folder or archive of IDX or CIFAR-10 files (default: fashion-mnist-small).",
      valueName: "name|path"))
  var data: String?

  @OptionGroup var backend: BackendOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Passes over the training images (default: 40).", valueName: "n"))
  var epochs: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Images per step (default: 50).", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "The update rule (default: momentum).", valueName: RunConfiguration.Rule.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Rule.self) })
  var optimizer: RunConfiguration.Rule?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The first learning rate (default: 0.01).", valueName: "x"))
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Factor on the learning rate after each epoch (default: 0.95), or at each step of a step schedule (default: 0.1).",
      valueName: "x"))
  var lrDecay: Double?

  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: by --lr-decay after each epoch or after some, along a cosine, or up and down (default: decay).",
      valueName: RunConfiguration.ScheduleName.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.ScheduleName.self) })
  var schedule: RunConfiguration.ScheduleName?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Epochs after which a step schedule lowers the learning rate (default: half and three quarters of them).",
      valueName: "n,n,…"),
    transform: Train.milestones)
  var lrMilestones: [Int]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Lower the learning rate of a step schedule after every n epochs.", valueName: "n"))
  var lrEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Let the learning rate rise during the first n epochs (default: 0).", valueName: "n"))
  var warmupEpochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the L2 penalty on weights (default: 0.005, and 0 with adamw).", valueName: "x"))
  var reg: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How strongly adamw shrinks weights (default: 0.01).", valueName: "x"))
  var weightDecay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Scale gradients down to this norm, all together.", valueName: "x"))
  var clipNorm: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Part of each label that is spread over all classes (default: 0).", valueName: "x"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "Round the operands of products to this format; parameters and sums stay in float32 (default: float32).",
      valueName: Precision.names),
    transform: { try Spelling.parse($0, as: Precision.self) })
  var precision: Precision?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Standard deviation of the first weights (default: √(2 / inputs)).", valueName: "x"))
  var weightScale: Double?

  @Option(
    help: ArgumentHelp(
      "Subtract the mean image, and divide by the standard deviation or not; or both channel by channel (default: standardized).",
      valueName: "mean|standardized|per-channel"),
    transform: { try Spelling.parse($0, as: Normalization.self) })
  var normalize: Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Training images to hold out: a fraction or a number (default: 0.1).", valueName: "x"))
  var validation: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("Train on the first n images only.", valueName: "n"))
  var trainSamples: Int?

  @Option(
    help: ArgumentHelp(
      "Draw the images of a step from a new order each epoch, or from all images each time (default: shuffled).",
      valueName: "shuffled|with-replacement"),
    transform: { try Spelling.parse($0, as: Sampling.self) })
  var sampling: Sampling?

  @Flag(help: "Mirror training images at random.")
  var randomFlip = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shift training images at random by up to n pixels each way (default: 0).", valueName: "n"))
  var randomShift: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Training images to measure an epoch's accuracy on (default: 1000).", valueName: "n"))
  var accuracySamples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Held-out images to measure an epoch's accuracy on (default: all).", valueName: "n"))
  var validationSamples: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Decides all random numbers (default: 231).", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "The folder to make for the run (default: runs/<date>-<model>-<n>).", valueName: "folder"))
  var out: String?

  @Option(help: ArgumentHelp("Go on with a run, exactly: its last.safetensors.", valueName: "file"))
  var resume: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Print the loss after every n steps.", valueName: "n"))
  var printEvery: Int?

  @Flag(help: "Print one JSON object on each line.")
  var json = false

  @Flag(help: "Print how a training step is computed, and do not train.")
  var plan = false

  @Flag(help: "Print in the end what was allocated, recorded and submitted, and the host's time for it.")
  var verbose = false

  func validate() throws {
    if let printEvery, printEvery < 1 { throw ValidationError("--print-every has to be at least 1.") }
  }

  static func units(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let units = Int(part), units > 0 else {
        throw ValidationError("'\(text)' is no list of layer sizes such as 100 or 200,100.")
      }
      return units
    }
  }

  private static func milestones(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let epoch = Int(part) else {
        throw ValidationError("'\(text)' is no list of epochs such as 30 or 30,60.")
      }
      return epoch
    }
  }

  mutating func run() throws {
    let (configuration, checkpoint) = try resume.map(resumed) ?? (fresh(), nil)
    let trainer = try configuration.makeTrainer(on: backend.choice)
    if plan {
      Terminal.write(trainer.plan + "\n")
      return
    }
    if let checkpoint, let resume { try trainer.resume(from: checkpoint, path: resume) }
    let folder =
      try resume.map(RunFolder.init(of:)) ?? RunFolder(creating: out, model: configuration.model.rawValue)
    var display: any RunDisplay =
      if json { JSONDisplay() } else if Terminal.isInteractive, printEvery == nil { BarDisplay() } else {
        PlainDisplay(showsSteps: printEvery != nil)
      }
    try train(trainer, configuration, folder, &display)
  }

  private func train(
    _ trainer: Trainer, _ configuration: RunConfiguration, _ folder: RunFolder,
    _ display: inout any RunDisplay
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    display.begin(configuration, trainer, folder: folder.path)
    Interrupt.catchFirst()
    do {
      try trainer.run(epochs: configuration.epochs, reportEvery: printEvery) { event in
        display.show(event)
        guard case .epoch(let epoch) = event else { return }
        if trainer.history.best == epoch { try folder.saveBest(trainer, configuration) }
        try folder.save(trainer, configuration)
      } until: {
        Interrupt.isRequested
      }
    } catch {
      display.stop()
      folder.removeIfEmpty()
      guard error is TrainingError || error is DeviceLost, let failure = Failure(error) else { throw error }
      let kept =
        trainer.history.epochs.last.map { "; \(folder.last) holds the run up to epoch \($0.epoch)" }
        ?? "; no epoch was finished, so nothing was saved"
      throw Failure("\(failure.message)\(kept)", code: failure.code)
    }
    if Interrupt.isRequested, trainer.step < configuration.epochs * trainer.stepsPerEpoch {
      display.stop()
      try folder.save(trainer, configuration)
      throw Failure(
        "stopped after step \(trainer.step). Go on with: \(Terminal.program) train --resume \(folder.last)",
        code: 130)
    }
    let counters = trainer.counters
    let test = try trainer.withBestParameters { try trainer.evaluate(.test) }
    display.end(
      RunSummary(
        best: trainer.history.best, test: test, lossScale: try trainer.lossScale(),
        seconds: (clock.now - start) / .seconds(1), folder: folder))
    if verbose { display.show(counters) }
  }

  /// The settings of a new run.
  private func fresh() throws -> RunConfiguration {
    var configuration = Train.defaults
    configuration.setModel(model ?? configuration.model, hidden: hidden)
    if let normalization { configuration.normalization = normalization }
    if let dropout { configuration.dropout = dropout }
    if let data { configuration.data = data }
    if let epochs { configuration.epochs = epochs }
    if let batchSize { configuration.batchSize = batchSize }
    if let optimizer { configuration.optimizer = optimizer }
    if let learningRate { configuration.learningRate = learningRate }
    try setSchedule(of: &configuration)
    configuration.weightDecay = weightDecay
    configuration.clipNorm = clipNorm
    configuration.labelSmoothing = labelSmoothing
    configuration.precision = precision
    // AdamW is for those who want no penalty in the loss.
    configuration.regularization = reg ?? (optimizer == .adamw ? 0 : configuration.regularization)
    if let weightScale { configuration.weightScale = weightScale }
    if let normalize { configuration.pixels = normalize }
    if let validation { configuration.validation = validation }
    if let trainSamples { configuration.trainingSamples = trainSamples }
    if let sampling { configuration.sampling = sampling }
    if randomFlip { configuration.augmentation.horizontalFlip = true }
    if let randomShift { configuration.augmentation.shift = randomShift }
    if let accuracySamples { configuration.accuracySamples = accuracySamples }
    if let validationSamples { configuration.validationSamples = validationSamples }
    if let seed { configuration.seed = seed }
    return configuration
  }

  private func setSchedule(of configuration: inout RunConfiguration) throws {
    let name = schedule ?? .decay
    if lrDecay != nil, name.usualDecay == nil {
      throw ValidationError(
        "--lr-decay is for --schedule decay or step; a \(name.rawValue) schedule has none.")
    }
    configuration.setSchedule(name, decay: lrDecay, milestones: lrMilestones, every: lrEvery)
    configuration.warmupEpochs = warmupEpochs
  }

  /// The settings of a run that goes on.
  ///
  /// Only its length and the place of its data may be new.
  private func resumed(_ path: String) throws -> (RunConfiguration, Checkpoint?) {
    let fixed: [(name: String, isGiven: Bool)] = [
      ("--model", model != nil), ("--hidden", hidden != nil),
      ("--normalization", normalization != nil), ("--dropout", dropout != nil),
      ("--batch-size", batchSize != nil),
      ("--optimizer", optimizer != nil), ("--learning-rate", learningRate != nil),
      ("--lr-decay", lrDecay != nil), ("--schedule", schedule != nil),
      ("--lr-milestones", lrMilestones != nil), ("--lr-every", lrEvery != nil),
      ("--warmup-epochs", warmupEpochs != nil), ("--weight-decay", weightDecay != nil),
      ("--clip-norm", clipNorm != nil), ("--label-smoothing", labelSmoothing != nil),
      ("--precision", precision != nil),
      ("--reg", reg != nil), ("--weight-scale", weightScale != nil), ("--normalize", normalize != nil),
      ("--validation", validation != nil), ("--train-samples", trainSamples != nil),
      ("--sampling", sampling != nil), ("--random-flip", randomFlip), ("--random-shift", randomShift != nil),
      ("--accuracy-samples", accuracySamples != nil),
      ("--validation-samples", validationSamples != nil), ("--seed", seed != nil),
      ("--out", out != nil),
    ]
    if let option = fixed.first(where: \.isGiven) {
      throw ValidationError(
        "\(option.name) cannot change when a run goes on; leave it out, or begin a new run.")
    }
    let checkpoint = try Checkpoint(contentsOf: path)
    var configuration = try RunConfiguration(of: checkpoint, path: path)
    if let data { configuration.data = data }
    if let epochs { try configuration.extend(to: epochs) }
    return (configuration, checkpoint)
  }
}
