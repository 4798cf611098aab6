import ArgumentParser
import Files
import Lemnos
import MessagePassing
import Training

/// The command `lemnos train`.
///
/// Numeric options are parsed unconditionally, so that a negative number gets an error message of its own.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network on images, tables or texts.",
    discussion: """
      Without options: a two-layer net on the images of clothes that are part of the program.

      What is learned follows from the data: the class of an image, or, of a table, the column that --target names, be it of numbers or of \
      categories. --task says otherwise: several columns of zeros and ones (multi-label), a class for each pixel (segmentation, from \
      images/name.jpg and masks/name.png), the image itself from a few numbers (reconstruction), or the next token of a text (language).

      Examples:
        lemnos train --epochs 5 --learning-rate 0.005
        lemnos train --model fully-connected-net --hidden 200,100
        lemnos train --data houses.csv --target price
        lemnos train --data opticks --steps 2000 --warmup-steps 100 --schedule cosine
        lemnos train --data pairs --task segmentation --image-size 64
        lemnos train --resume runs/mine/last.safetensors --epochs 60
        lemnos train --from runs/opticks/best.safetensors --data opticks --lora rank=8,alpha=16 --lora-target '*attention*'
        lemnos train --learning-rate 1e6 --detect-anomaly
        lemnos launch -n 4 train --model resnet18 --batch-size 256
      """)

  @OptionGroup var settings: RunOptions

  @OptionGroup var backend: BackendOptions

  @OptionGroup var tuning: TuningOptions

  @Option(
    help: ArgumentHelp(
      "Keep the images on the device, or stream them to it while it trains; auto streams what does not fit (default: auto).",
      valueName: "auto|resident|streamed"),
    transform: { try Spelling.parse($0, as: DataResidency.self) })
  var dataResidency = DataResidency.automatic

  @Option(
    help: ArgumentHelp(
      "The folder to make for the run (default: runs/<date>-<model>-<n>).", valueName: "folder"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Begin with the settings of a file, such as the config.yaml of another run; other options come after them.",
      valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp("Go on with a run, exactly: its folder, or its last.safetensors.", valueName: "run"))
  var resume: String?

  @Flag(
    help: ArgumentHelp(
      "Go on with a run although its images are others than they were: the count or the content of those to learn from."
    ))
  var allowChangedData = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Save what a run needs to go on not only after each epoch, but after so many minutes.", valueName: "x"))
  var saveEvery = 10.0

  @Flag(help: "Do two steps of everything, to see whether all of it works.")
  var fastDevRun = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Train on the first n batches only, unchanged, and measure on them: a network that can learn learns them by heart.",
      valueName: "n"))
  var overfitBatches: Int?

  @Flag(
    help: ArgumentHelp(
      """
      Look at the results of every kernel, and stop at the first NaN or infinity, with the operation, the layer and the \
      element that made it. Up to a third slower on processors; from a graphics card all results have to come to the host.
      """))
  var detectAnomaly = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Print the loss after every n steps.", valueName: "n"))
  var printEvery: Int?

  @Flag(help: "Serve a web page beside the run that follows it: 'lemnos watch' does the same at any time.")
  var watch = false

  @Option(help: ArgumentHelp("The port of that page; 0 for one that is free.", valueName: "n"))
  var watchPort: UInt16 = 8080

  @Flag(
    help: ArgumentHelp(
      """
      Promise the same bits every time, which is always so: on the CPU with any number of threads, on Vulkan with the same \
      device and driver.
      """))
  var deterministic = false

  @Flag(help: "Print one JSON object on each line.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but what goes wrong.")
  var quiet = false

  @Flag(
    help:
      "Print in the end what was allocated, recorded and submitted, the host's time for it, and how long checkpoints took."
  )
  var verbose = false

  func validate() throws {
    try tuning.check(backend)
    if allowChangedData, resume == nil {
      throw ValidationError("--allow-changed-data is for --resume; a new run takes any images.")
    }
    guard saveEvery > 0, saveEvery < 1e9 else {
      throw ValidationError("--save-every is \(saveEvery), but has to be above 0.")
    }
    if let printEvery, printEvery < 1 { throw ValidationError("--print-every has to be at least 1.") }
  }

  mutating func run() throws {
    try Ranks.run { try train(with: $0) }
  }

  /// - Parameter ranks: the processes that train together; nil for this one alone.
  private mutating func train(with ranks: Communicator?) throws {
    resume = resume.map(CheckpointFolder.last(of:))
    var (configuration, checkpoint) = try resume.map(resumed) ?? (fresh(), nil)
    if let ranks { Ranks.share(&configuration, among: ranks) }
    try configuration.check()
    var origin = checkpoint == nil ? try configuration.from.map { try RunOrigin($0) } : nil
    // A run that was killed in its first epoch has its network already.
    let (isResumed, hasTokenizer) = (resume != nil, configuration.tokenizer != nil)
    let tokens = origin?.setNetwork(of: &configuration) { option in
      option == "tokenizer" ? hasTokenizer : isResumed || settings.isGiven(option)
    }
    try configuration.check()
    let data = try makeData(&configuration, &origin, checkpoint ?? tokens)
    if fastDevRun {
      let count = try data.trainingCount(configuration)
      configuration.trainingSamples = configuration.trainingSamples.map { min($0, count) }
    }
    let trainer = try configuration.makeTrainer(
      on: try Ranks.choice(backend, among: ranks), with: data, tuning: tuning.tune, residency: dataResidency,
      detectingAnomalies: detectAnomaly, ranks: ranks)
    if let checkpoint, let resume { try go(on: trainer, from: checkpoint, at: resume) }
    let normalization = try origin?.begin(trainer, configuration)
    try ranks?.agree(on: Ranks.facts(of: configuration, trainer))
    guard ranks.map({ $0.rank == 0 }) ?? true else {
      // The first rank writes, and shows what goes on.
      var display: any RunDisplay = QuietDisplay()
      return try train(trainer, configuration, nil, nil, &display)
    }
    let folder =
      try resume.map({ RunFolder(of: $0, data.metadata) })
      ?? RunFolder(creating: out, model: configuration.model.rawValue, data.metadata)
    var display: any RunDisplay =
      if quiet { QuietDisplay() } else if json {
        JSONDisplay()
      } else if Terminal.isInteractive, printEvery == nil { BarDisplay() } else {
        PlainDisplay(showsSteps: printEvery != nil)
      }
    var observer: RunObserver?
    // A finished run is only evaluated again: no event occurs in it.
    if trainer.step < configuration.epochs * trainer.stepsPerEpoch {
      do {
        folder.checkpoints.removeTemporaryFiles()
        observer = try RunObserver(folder, configuration, trainer, resumed: resume != nil)
      } catch {
        folder.removeIfEmpty()
        throw error
      }
    }
    if watch { try WatchProgram.start(folder.path, port: watchPort) }
    display.begin(
      configuration, trainer, folder: folder.path, normalization: normalization, columns: data.columns)
    let writing = quiet ? nil : try WritingSample(configuration, data.metadata)
    try train(trainer, configuration, folder, observer, &display, writing: writing)
  }

  /// The run's data, with the label order of the checkpoint that the run resumes or starts from.
  private func makeData(
    _ configuration: inout RunConfiguration, _ origin: inout RunOrigin?, _ checkpoint: Checkpoint?
  ) throws -> RunData {
    let data = try RunData(of: configuration, as: checkpoint)
    guard case .images(var images) = data else { return data }
    if let names = checkpoint.flatMap(ModelIdentity.classNames) {
      images = try images.matched(to: names, path: configuration.data)
    } else if let own = origin {
      images = try own.matched(images)
      origin?.setNormalization(of: &configuration, for: images.shape)
    }
    return .images(images)
  }

  /// Resumes a run, and reports if its images have changed.
  private func go(on trainer: Trainer, from checkpoint: Checkpoint, at path: String) throws {
    try trainer.resume(from: checkpoint, path: path, allowingOtherData: allowChangedData)
    if let change = trainer.dataChange(since: checkpoint) {
      Terminal.writeError("lemnos: \(path) \(change)\n")
    }
  }

  private func train(
    _ trainer: Trainer, _ configuration: RunConfiguration, _ folder: RunFolder?, _ observer: RunObserver?,
    _ display: inout any RunDisplay, writing: WritingSample? = nil
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    var saved = start
    try folder?.prepare(for: trainer)
    Interrupt.catchFirst(alone: !trainer.isOneOfRanks)
    do {
      try trainer.run(epochs: configuration.epochs, reportEvery: printEvery) { event in
        display.show(event)
        try observer?.note(event, trainer)
        switch event {
        case .epoch(let epoch):
          try folder?.save(trainer, configuration, isBest: trainer.history.best == epoch)
          if let text = try writing?.text(trainer) {
            display.show(writing: text)
            observer?.note(writing: text, trainer)
          }
        case .progress where clock.now - saved > .seconds(60 * saveEvery) && !trainer.isAtEpochEnd:
          guard let folder else { return }
          // Ranks that share the optimizer's state out collect it until the next report.
          guard trainer.hasWholeState else { return trainer.askForWholeState() }
          try folder.save(trainer, configuration)
        default: return
        }
        saved = clock.now
      } until: {
        Interrupt.isRequested || configuration.isOutOfPatience(trainer.history)
      }
      try folder?.checkpoints.finish()
    } catch {
      display.stop()
      // Checkpoints in flight are still written.
      try? folder?.checkpoints.finish()
      let failure = Failure(error)
      observer?.fail(failure?.message ?? "\(error)", trainer)
      guard error is TrainingError || error is DeviceLost, let failure, let folder else { throw error }
      let kept =
        trainer.history.epochs.last.map {
          "; \(folder.checkpoints.last) holds the run up to epoch \($0.epoch)"
        }
        ?? "; no epoch was finished, so nothing was saved"
      throw Failure("\(failure.message)\(kept)", code: failure.code)
    }
    let isInterrupted = trainer.isOneOfRanks ? trainer.wasStopped : Interrupt.isRequested
    if isInterrupted, !configuration.isOutOfPatience(trainer.history),
      trainer.step < configuration.epochs * trainer.stepsPerEpoch
    {
      display.stop()
      try folder?.save(trainer, configuration)
      try folder?.checkpoints.finish()
      observer?.stop(trainer)
      let advice = folder.map { " Go on with: \(Terminal.program) train --resume \($0.checkpoints.last)" }
      throw Failure("stopped after step \(trainer.step).\(advice ?? "")", code: Ranks.interrupted)
    }
    let counters = trainer.counters
    let test =
      trainer.testCount == 0 ? nil : try trainer.withBestParameters { try trainer.evaluate(.test) }
    guard let folder else { return }
    let summary = RunSummary(
      best: trainer.history.best, test: test, lossScale: try trainer.lossScale(),
      seconds: (clock.now - start) / .seconds(1), configuration: configuration, folder: folder)
    observer?.end(summary, trainer)
    display.end(summary)
    if verbose { display.show(counters, folder.checkpoints.times) }
  }

  /// The settings of a new run.
  private func fresh() throws -> RunConfiguration {
    var configuration = try config.map { try RunConfiguration(yamlFile: $0) } ?? RunConfiguration()
    try configuration.set(settings)
    if let steps = configuration.steps, settings.isGiven("steps") {
      guard !settings.isGiven("epochs") else { throw ValidationError("Give --steps or --epochs, not both.") }
      configuration.epochs = LanguageTask.epochs(of: max(1, steps))
    }
    try setSchedule(of: &configuration)
    // Before anything is computed with numbers of a file.
    try configuration.check()
    try configuration.checkAdaptedNetwork()
    if let overfitBatches { try configuration.overfit(batches: overfitBatches) }
    if fastDevRun { configuration.makeFast() }
    return configuration
  }

  private func setSchedule(of configuration: inout RunConfiguration) throws {
    let options = ["schedule", "lr-decay", "lr-milestones", "lr-every", "lr-patience"]
    guard config == nil || options.contains(where: settings.isGiven) else { return }
    let asked = RunConfiguration(settings)
    let (name, isDecayGiven) = (asked.schedule ?? .decay, settings.isGiven("lr-decay"))
    if isDecayGiven, name.usualDecay == nil {
      throw ValidationError(
        "--lr-decay is for --schedule decay, step or plateau; a \(name.rawValue) schedule has none.")
    }
    configuration.setSchedule(
      name, decay: isDecayGiven ? asked.learningRateDecay : nil, milestones: asked.milestones,
      every: asked.decayEvery, patience: asked.ratePatience)
  }

  /// The settings of a resumed run.
  ///
  /// Only its length and the location of its data may change.
  private func resumed(_ path: String) throws -> (RunConfiguration, Checkpoint?) {
    let others = [
      ("out", out != nil), ("config", config != nil), ("fast-dev-run", fastDevRun),
      ("overfit-batches", overfitBatches != nil),
    ]
    let fixed = settings.given.map(\.option) + others.filter(\.1).map(\.0)
    if let option = fixed.first(where: { !["data", "epochs"].contains($0) }) {
      throw ValidationError(
        "--\(option) cannot change when a run goes on; leave it out, or begin a new run.")
    }
    // A run that was killed in its first epoch has its settings and no checkpoint: it starts again from the
    // beginning.
    let folder = RunFolder(of: path)
    let isYoung = FolderListing.size(of: path) == nil && FolderListing.size(of: folder.configuration) != nil
    let checkpoint = isYoung ? nil : try Checkpoint(contentsOf: path)
    var configuration =
      try checkpoint.map { try RunConfiguration(of: $0, path: path) }
      ?? RunConfiguration(ofRun: folder.configuration)
    let asked = RunConfiguration(settings)
    if settings.isGiven("data") { configuration.data = asked.data }
    if settings.isGiven("epochs") { try configuration.extend(to: asked.epochs) }
    return (configuration, checkpoint)
  }
}
