import Files
import FoundationEssentials
import Glibc
import Lemnos
import Pictures
import Reports
import Runs
import Tensors

/// Records a run's events in its folder while it runs: the journal, and images that inspect the model.
///
/// Inspecting the model costs time. It is done after the first and the last epoch, and after others while its
/// total is below a hundredth of the run's time so far.
final class RunObserver {
  private let folder: RunFolder
  private let journal: RunJournal
  private let events: EventFile
  private let epochs: Int
  private let classNames: [String]
  /// The number of losses in the journal at the last entry.
  private var noted = 0
  private let clock = ContinuousClock()
  private let began: ContinuousClock.Instant
  private var spent = Duration.zero

  /// The share of the run's time for inspecting the model.
  private static let share = 0.01

  init(_ folder: RunFolder, _ configuration: RunConfiguration, _ trainer: Trainer, resumed: Bool) throws {
    self.folder = folder
    epochs = configuration.epochs
    classNames = trainer.classNames
    began = clock.now
    journal = try RunJournal(in: folder.path, goingOnFrom: resumed ? trainer.step : nil)
    noted = trainer.history.losses.count
    events = try EventFile(in: folder.path, time: RunObserver.now)
    if !resumed {
      try DurableFile.write([Array(configuration.yaml.utf8)], to: "\(folder.path)/\(RunFiles.configuration)")
    }
    let settings = try configuration.yaml.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    events.add([("configuration", .text(settings))], step: trainer.step, time: RunObserver.now)
    var entry = entry(resumed ? .resume : .begin, trainer)
    entry.steps = epochs * trainer.stepsPerEpoch
    entry.epochs = epochs
    let monitored = trainer.history.monitored
    (entry.monitored, entry.higherIsBetter) = (monitored.name, monitored.direction == .higherIsBetter)
    (entry.model, entry.data) = (configuration.model.rawValue, configuration.data)
    (entry.parameters, entry.backend) = (trainer.states.parameterCount, trainer.backendReason)
    (entry.process, entry.version) = (Int(getpid()), LemnosVersion.current)
    journal.add(entry)
  }

  func note(_ event: Trainer.Event, _ trainer: Trainer) throws {
    switch event {
    case .progress(let progress):
      var entry = entry(.step, trainer)
      (entry.epoch, entry.examplesPerSecond) = (progress.epoch, progress.examplesPerSecond)
      let losses = trainer.history.losses
      let fresh = losses[min(noted, losses.count)...]
      entry.loss = fresh.isEmpty ? progress.loss : fresh.reduce(0) { $0 + Double($1) } / Double(fresh.count)
      noted = losses.count
      entry.learningRate = try trainer.learningRate()
      entry.memory = ResidentMemory.byteCount
      journal.add(entry)
      add(
        [
          ("loss/step", entry.loss), ("learning rate", entry.learningRate),
          ("examples per second", entry.examplesPerSecond), ("memory", entry.memory.map(Double.init)),
        ], entry)
    case .epoch(let epoch):
      var entry = entry(.epoch, trainer)
      (entry.epoch, entry.loss) = (epoch.epoch, epoch.loss)
      (entry.training, entry.validation) = (epoch.training.named, epoch.validation?.named)
      entry.learningRate = try trainer.learningRate()
      if epoch.epoch == 1 || epoch.epoch == epochs || mayLook {
        let start = clock.now
        // If memory is exhausted, the inspection is skipped.
        do {
          let parameters = try look(trainer, entry)
          entry.parameterNorm = norm(parameters.map(\.values))
          entry.gradientNorm = norm(parameters.compactMap(\.gradients))
        } catch is OutOfMemory {}
        spent += clock.now - start
      }
      journal.add(entry)
      add(
        [
          ("loss/epoch", entry.loss), ("norm/gradients", entry.gradientNorm),
          ("norm/parameters", entry.parameterNorm),
        ] + tags(entry.training, "training") + tags(entry.validation, "validation"), entry)
    case .recovery(let recovery):
      noted = min(noted, recovery.step)
      var entry = entry(.recovery, trainer)
      entry.message = recovery.description
      journal.add(entry)
    }
  }

  /// Notes what a language model writes.
  func note(writing text: String, _ trainer: Trainer) {
    events.add([("writes", .text(text))], step: trainer.step, time: RunObserver.now)
  }

  func end(_ summary: RunSummary, _ trainer: Trainer) {
    var entry = entry(.end, trainer)
    entry.test = summary.test?.named
    entry.bestEpoch = summary.best?.epoch
    journal.add(entry)
    add(tags(entry.test, "test"), entry)
    // A page that cannot be written, on a full disk, must not fail a finished run.
    if let run = RunRecord(at: folder.path) {
      try? write(Array(Report(of: [run]).html.utf8), RunFiles.report)
    }
  }

  func stop(_ trainer: Trainer) { journal.add(entry(.stop, trainer)) }

  func fail(_ message: String, _ trainer: Trainer) {
    var entry = entry(.failure, trainer)
    entry.message = message
    journal.add(entry)
  }

  private var mayLook: Bool { spent / (clock.now - began) < RunObserver.share }

  private func entry(_ event: RunEntry.Event, _ trainer: Trainer) -> RunEntry {
    RunEntry(event, time: RunObserver.now, step: trainer.step)
  }

  /// Seconds since 1970, to the millisecond.
  private static var now: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return (Double(now.tv_sec) * 1e3 + Double(now.tv_nsec / 1_000_000)) / 1e3
  }

  private func add(_ numbers: [(tag: String, number: Double?)], _ entry: RunEntry) {
    let values = numbers.compactMap { tag, number in
      number.map { (tag: tag, value: EventFile.Value.number($0)) }
    }
    events.add(values, step: entry.step ?? 0, time: entry.time)
  }

  /// Metrics under TensorBoard's tags, `accuracy/validation`.
  private func tags(_ measured: [String: Double]?, _ split: String) -> [(tag: String, number: Double?)] {
    (measured ?? [:]).sorted { $0.key < $1.key }.map { ("\($0.key)/\(split)", $0.value) }
  }

  /// The L2 norm of the values of several histograms; nil for none.
  private func norm(_ histograms: [Histogram]) -> Double? {
    histograms.isEmpty ? nil : histograms.reduce(0) { $0 + $1.sumOfSquares }.squareRoot()
  }

  /// Writes the confusion matrix and the worst misclassifications.
  private func lookAtMistakes(_ trainer: Trainer) throws {
    let split: Trainer.Split = trainer.validationCount > 0 ? .validation : .test
    let inspection = try trainer.inspect(split)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = try encoder.encode(Looks(inspection: inspection, classNames: classNames))
    try write(Array(text), RunFiles.inspection)
    let images = try trainer.images(split)
    let mistakes = inspection.mistakes.map { Picture(images.image(at: $0.image), images.shape) }
    if !mistakes.isEmpty {
      try write(Picture(grid: mistakes, columns: RunFiles.mistakeColumns, gap: 0).png, RunFiles.mistakes)
    }
  }

  /// Writes the confusion matrix of a classifier, and the filters of the first layer.
  private func look(_ trainer: Trainer, _ entry: RunEntry) throws -> [ParameterStatistics] {
    if !classNames.isEmpty { try lookAtMistakes(trainer) }
    var values: [(tag: String, value: EventFile.Value)] = []
    if let filters = try trainer.firstFilters() {
      let picture = Picture(grid: Picture.filters(filters), gap: 1).enlarged(by: 4)
      try write(picture.png, RunFiles.filters)
      values.append(("filters", .picture(picture)))
    }
    let parameters = try trainer.parameterStatistics()
    values += parameters.map { ("parameters/\($0.name)", .histogram($0.values)) }
    values += parameters.compactMap { parameter in
      parameter.gradients.map { ("gradients/\(parameter.name)", .histogram($0)) }
    }
    events.add(values, step: entry.step ?? 0, time: entry.time)
    return parameters
  }

  /// Files that can be regenerated are written without fsync.
  private func write(_ bytes: [UInt8], _ name: String) throws {
    try DurableFile.write([bytes], to: "\(folder.path)/\(name)", isSynced: false)
  }
}

/// The content of `inspection.json`.
private struct Looks: Encodable {
  let inspection: Inspection
  let classNames: [String]
}

extension EventFile.Value {
  fileprivate static func histogram(_ histogram: Histogram) -> EventFile.Value {
    .histogram(
      least: histogram.least, greatest: histogram.greatest, counts: histogram.counts, sum: histogram.sum,
      sumOfSquares: histogram.sumOfSquares)
  }

  fileprivate static func picture(_ picture: Picture) -> EventFile.Value {
    .picture(width: picture.width, height: picture.height, channels: picture.channels, png: picture.png)
  }
}

extension Picture {
  /// An image of a data set.
  fileprivate init(_ pixels: Bytes, _ shape: ImageShape) {
    let size = shape.height * shape.width
    // A picture interleaves the channels of a pixel.
    let channels = shape.channels == 3 ? 3 : 1
    self.init(
      width: shape.width, height: shape.height, channels: channels,
      pixels: (0..<size).flatMap { place in (0..<channels).map { pixels[$0 * size + place] } })
  }

  /// Filters `[filters, channels, height, width]`, each scaled from black, its least weight, to white.
  fileprivate static func filters(_ weights: TensorValues) -> [Picture] {
    let (shape, numbers) = (weights.shape, weights.doubles)
    let count = shape[1] * shape[2] * shape[3]
    return (0..<shape[0]).map { filter in
      Picture(
        scaling: Array(numbers[filter * count..<(filter + 1) * count]), width: shape[3], height: shape[2],
        channels: shape[1])
    }
  }
}
