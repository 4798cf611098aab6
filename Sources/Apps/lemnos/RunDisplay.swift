import Lemnos
import Wording

/// The progress output of a run.
protocol RunDisplay {
  /// - Parameters:
  /// - normalization: the pixel normalization of a run with another run's initial parameters, in one
  /// sentence.
  /// - columns: the detected kinds of a table's columns, in lines.
  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?,
    columns: String?)
  mutating func show(_ event: Trainer.Event)
  /// What a language model writes after an epoch.
  mutating func show(writing text: String)
  /// Clears the progress line for a message, because the run stops early.
  mutating func stop()
  mutating func end(_ summary: RunSummary)
  /// Shows the counters, after the end and if asked for.
  mutating func show(_ counters: TrainingCounters, _ checkpoints: CheckpointFolder.Times)
}

extension RunDisplay {
  mutating func show(_ counters: TrainingCounters, _ checkpoints: CheckpointFolder.Times) {
    Terminal.write(countersText(counters, checkpoints))
  }
}

/// A text in one line, as long as the terminal is wide.
private func writingLine(_ text: String) -> String {
  let line = "  writes: " + text.replacing("\n", with: " ⏎ ")
  return String(line.prefix(Terminal.isInteractive ? max(20, Terminal.width - 1) : 160)) + "\n"
}

/// The result of a finished run.
struct RunSummary {
  let best: History.Epoch?
  /// Nil without test data.
  let test: Evaluation?
  /// Nil for a run without loss scaling.
  let lossScale: Trainer.LossScale?
  let seconds: Double
  let configuration: RunConfiguration
  let folder: RunFolder
}

/// A run's opening lines: the model, the backend, the tuning, the streaming of images, and the precision if
/// it is not float32.
private func opening(
  _ configuration: RunConfiguration, _ trainer: Trainer, _ normalization: String?, _ columns: String?
) -> String {
  let data =
    trainer.streaming.map { "Data: \(streamingText($0, trainer.settings.dataResidency, configuration))\n" }
    ?? ""
  let precision = trainer.precisionReason.map { "Precision: \($0)\n" } ?? ""
  let pixels = normalization.map { "Pixels: \($0)\n" } ?? ""
  let tuning = trainer.tuningSummary.map { "\($0)\n" } ?? ""
  let table = columns.map { "Table: \($0)\n" } ?? ""
  return
    "\(headline(configuration, trainer))\nBackend: \(trainer.backendReason)\n\(tuning)\(data)\(precision)\(pixels)\(table)"
}

/// The streaming of images and the reason for it, in one sentence.
func streamingText(
  _ streaming: Streaming, _ residency: DataResidency, _ configuration: RunConfiguration
) -> String {
  let why =
    residency == .streamed
    ? "as asked"
    : configuration.model.takes == .text
      ? "because windows are cut from the text when they are asked for"
      : "because all images, \(streaming.imageBytes.inMegabytes()), do not fit on the device"
  return
    "streamed through a ring of \(streaming.batches) batches (\(streaming.ringBytes.inMegabytes())), \(why)."
}

func headline(_ configuration: RunConfiguration, _ trainer: Trainer) -> String {
  let layers = configuration.hidden.map(String.init).joined(separator: ", ")
  let model = configuration.model.rawValue + (layers.isEmpty ? "" : " (hidden \(layers))")
  let trained = trainer.trainedParameters.reduce(0) { $0 + $1.shape.count }
  let share = trainer.settings.lora == nil ? "" : ", of which \(trained.grouped) are trained"
  return
    "\(model), \(trainer.states.parameterCount.grouped) parameters\(share), on "
    + "\(trainer.trainingCount.grouped) \(configuration.noun) of \(configuration.data)"
}

/// A run's closing lines.
func closing(_ summary: RunSummary) -> String {
  var lines = "Nothing to test on"
  if let test = summary.test {
    lines = "Test \(metricsText(test)) on \(test.count.grouped) \(summary.configuration.noun)"
  }
  if let best = summary.best { lines += ", with the parameters of epoch \(best.epoch)" }
  lines += ". It took \(NumberText.decimal(summary.seconds, 1)) s.\n"
  if let scaling = summary.lossScale {
    let steps = "\(scaling.skippedSteps.grouped) step\(scaling.skippedSteps == 1 ? "" : "s")"
    // A power of two, rarely outside the range of Int.
    let scale = Int(exactly: scaling.scale)?.grouped ?? "\(scaling.scale)"
    lines += "Skipped \(steps) whose gradients overflowed; the loss scale is now \(scale).\n"
  }
  lines += "Saved in \(summary.folder.path).\n"
  let best = summary.folder.checkpoints.best
  let next =
    switch summary.configuration.model.takes {
    case .images where summary.configuration.data == Dataset.bundledName:
      [
        "evaluate --checkpoint \(best)", "train --model fully-connected-net --hidden 200,100 --epochs 30",
        "data fetch cifar10 && \(Terminal.program) train --data cifar10",
      ]
    case .images: ["predict \(best) PICTURE", "export \(best) --to onnx", "runs"]
    case .table: ["evaluate --checkpoint \(best)", "predict \(best) OTHER.csv", "runs"]
    case .labeledTexts: ["evaluate --checkpoint \(best)", "predict \(best) TEXT", "runs"]
    case .masks: ["evaluate --checkpoint \(best)", "predict \(best) PICTURE --out masks", "runs"]
    case .text: ["sample \(best) --prompt TEXT", "evaluate --checkpoint \(best)", "runs"]
    case .plainImages: ["evaluate --checkpoint \(best)", "predict \(best) PICTURE --out again", "runs"]
    }
  lines += "Next:\n" + next.map { "  \(Terminal.program) \($0)\n" }.joined()
  return lines
}

/// One line per epoch, and per requested report: for pipes and files.
struct PlainDisplay: RunDisplay {
  let showsSteps: Bool
  private var examplesPerSecond = 0.0
  private var words = RunWords()

  init(showsSteps: Bool) { self.showsSteps = showsSteps }

  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?,
    columns: String?
  ) {
    words = RunWords(configuration, trainer)
    Terminal.write(opening(configuration, trainer, normalization, columns))
  }

  mutating func show(_ event: Trainer.Event) {
    switch event {
    case .progress(let progress):
      examplesPerSecond = progress.examplesPerSecond
      if showsSteps { Terminal.write("step \(progress.step)/\(progress.steps) loss \(progress.loss)\n") }
    case .epoch(let epoch):
      Terminal.write(epochLine(epoch, words, examplesPerSecond) + "\n")
    case .recovery(let recovery): Terminal.write("\(recovery)\n")
    }
  }

  mutating func show(writing text: String) { Terminal.write(writingLine(text)) }

  mutating func stop() {}

  mutating func end(_ summary: RunSummary) { Terminal.write(closing(summary)) }
}

/// An epoch's results in one line.
private func epochLine(_ epoch: History.Epoch, _ run: RunWords, _ examplesPerSecond: Double) -> String {
  let metric = run.metric
  func text(_ measured: Evaluation) -> String {
    "\(metric) \(MetricText.plain(measured.value(of: metric), of: metric))"
  }
  var line = "epoch \(epoch.epoch)  loss \(NumberText.loss(epoch.loss))  train \(text(epoch.training))"
  if let validation = epoch.validation { line += "  validation \(text(validation))" }
  return line + "  \(Int(examplesPerSecond).grouped) \(run.noun)/s"
}

/// The words for a run's examples and its main metric.
private struct RunWords {
  var (noun, metric) = ("images", "accuracy")

  init() {}

  init(_ configuration: RunConfiguration, _ trainer: Trainer) {
    (noun, metric) = (configuration.noun, trainer.history.monitored.name)
  }
}

/// All metrics in one line: the accuracy alone, or the loss and the other metrics.
func metricsText(_ measured: Evaluation) -> String {
  let names = measured.metrics.keys.sorted()
  if names == ["accuracy"] { return "accuracy \(NumberText.decimal(measured.accuracy, 4))" }
  return
    (["loss \(NumberText.loss(measured.loss))"]
    + names.map { "\($0) \(MetricText.plain(measured.value(of: $0), of: $0))" }).joined(separator: ", ")
}

/// Prints nothing; errors are reported elsewhere.
struct QuietDisplay: RunDisplay {
  func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?,
    columns: String?
  ) {}
  func show(_ event: Trainer.Event) {}
  func show(writing text: String) {}
  func stop() {}
  func end(_ summary: RunSummary) {}
}

/// A progress bar with the finished epochs above it.
struct BarDisplay: RunDisplay {
  private var examplesPerSecond = 0.0
  private var words = RunWords()
  /// The losses so far; if there are many, means of neighbouring ones.
  private var losses: [Double] = []
  private static let mostLosses = 512
  /// The last epoch's results.
  private var measured: String?

  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?,
    columns: String?
  ) {
    words = RunWords(configuration, trainer)
    Terminal.write(opening(configuration, trainer, normalization, columns))
  }

  mutating func show(_ event: Trainer.Event) {
    switch event {
    case .progress(let progress):
      examplesPerSecond = progress.examplesPerSecond
      losses.append(progress.loss)
      if losses.count == BarDisplay.mostLosses {
        losses = stride(from: 0, to: losses.count, by: 2).map { (losses[$0] + losses[$0 + 1]) / 2 }
      }
      Terminal.write("\r" + bar(progress, width: Terminal.width - 1) + "\(Terminal.clearing)")
    case .epoch(let epoch):
      let (metric, value) = (words.metric, (epoch.validation ?? epoch.training).value(of: words.metric))
      let text = metric == "accuracy" ? NumberText.decimal(value, 3) : MetricText.plain(value, of: metric)
      measured = "\(metric) \(text)"
      var line = epochLine(epoch, words, examplesPerSecond)
      if line.count >= Terminal.width {
        line =
          "epoch \(epoch.epoch)  loss \(NumberText.loss(epoch.loss))  \(metric) \(text)"
      }
      Terminal.write("\r\(Terminal.clearing)" + line + "\n")
    case .recovery(let recovery): Terminal.write("\r\(Terminal.clearing)\(recovery)\n")
    }
  }

  mutating func show(writing text: String) {
    Terminal.write("\r\(Terminal.clearing)" + writingLine(text))
  }

  mutating func stop() { Terminal.write("\r\(Terminal.clearing)") }

  mutating func end(_ summary: RunSummary) { Terminal.write("\r\(Terminal.clearing)" + closing(summary)) }

  /// The bar, followed by as many fields as fit in the line, by priority.
  private func bar(_ progress: Trainer.Progress, width: Int) -> String {
    let done = Double(progress.step) / Double(max(progress.steps, 1))
    let head = "epoch \(progress.epoch)/\(progress.epochs) "
    var details = [
      "loss \(NumberText.loss(progress.loss))", "\(NumberText.time(progress.secondsLeft)) left",
      Column.left(BlockChart.sparkline(losses, width: 12), 12),
    ]
    if let measured { details.insert(measured, at: 1) }
    details.append("\(Int(progress.examplesPerSecond).grouped) \(words.noun)/s")
    var tail = ""
    for detail in details where head.count + tail.count + detail.count + 14 <= width { tail += "  \(detail)" }
    let room = max(0, min(30, width - head.count - tail.count - 2))
    guard room > 3 else { return String((head + tail).prefix(max(width, 0))) }
    let filled = Int((done * Double(room)).rounded())
    return head + "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: room - filled)
      + "]" + tail
  }
}
