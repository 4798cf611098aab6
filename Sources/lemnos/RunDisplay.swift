import Lemnos
import Wording

/// How a run shows itself.
protocol RunDisplay {
  /// - Parameter normalization: how pixels are normalized in a run that began with another one's parameters, in one sentence.
  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?)
  mutating func show(_ event: Trainer.Event)
  /// Makes room for a message: the run stops before its end.
  mutating func stop()
  mutating func end(_ summary: RunSummary)
  /// After the end, if asked for.
  mutating func show(_ counters: TrainingCounters, _ checkpoints: CheckpointTimes)
}

extension RunDisplay {
  mutating func show(_ counters: TrainingCounters, _ checkpoints: CheckpointTimes) {
    Terminal.write(countersText(counters, checkpoints))
  }
}

/// What a finished run came to.
struct RunSummary {
  let best: History.Epoch?
  let test: Evaluation
  /// Nil for a run without loss scaling.
  let lossScale: Trainer.LossScale?
  let seconds: Double
  /// The name or path of its images.
  let data: String
  let folder: RunFolder
}

/// The lines that describe a run: what, where, what was tuned, how images come there, and how exactly if not in float32.
private func opening(
  _ configuration: RunConfiguration, _ trainer: Trainer, _ normalization: String?
) -> String {
  let data = trainer.streaming.map { "Data: \(streamingText($0, trainer.settings.dataResidency))\n" } ?? ""
  let precision = trainer.precisionReason.map { "Precision: \($0)\n" } ?? ""
  let pixels = normalization.map { "Pixels: \($0)\n" } ?? ""
  let tuning = trainer.tuningSummary.map { "\($0)\n" } ?? ""
  return
    "\(headline(configuration, trainer))\nBackend: \(trainer.backendReason)\n\(tuning)\(data)\(precision)\(pixels)"
}

/// How images are streamed, and why, in one sentence.
func streamingText(_ streaming: Streaming, _ residency: DataResidency) -> String {
  func megabytes(_ bytes: Int) -> String { NumberText.decimal(Double(bytes) / 1e6, 1) + " MB" }
  let why =
    residency == .streamed
    ? "as asked" : "because all images, \(megabytes(streaming.imageBytes)), do not fit on the device"
  return
    "streamed through a ring of \(streaming.batches) batches (\(megabytes(streaming.ringBytes))), \(why)."
}

func headline(_ configuration: RunConfiguration, _ trainer: Trainer) -> String {
  let layers = configuration.hidden.map(String.init).joined(separator: ", ")
  let model = configuration.model.rawValue + (layers.isEmpty ? "" : " (hidden \(layers))")
  return
    "\(model), \(trainer.states.parameterCount.grouped) parameters, on "
    + "\(trainer.trainingCount.grouped) images of \(configuration.data)"
}

/// The lines that close a run.
func closing(_ summary: RunSummary) -> String {
  let accuracy = NumberText.decimal(summary.test.accuracy, 4)
  var lines = "Test accuracy \(accuracy) on \(summary.test.count.grouped) images"
  if let best = summary.best { lines += ", with the parameters of epoch \(best.epoch)" }
  lines += ". It took \(NumberText.decimal(summary.seconds, 1)) s.\n"
  if let scaling = summary.lossScale {
    let steps = "\(scaling.skippedSteps.grouped) step\(scaling.skippedSteps == 1 ? "" : "s")"
    // A power of two, seldom so large or small that it is no Int.
    let scale = Int(exactly: scaling.scale)?.grouped ?? "\(scaling.scale)"
    lines += "Skipped \(steps) whose gradients overflowed; the loss scale is now \(scale).\n"
  }
  lines += "Saved in \(summary.folder.path).\n"
  let next =
    summary.data == Dataset.bundledName
    ? [
      "evaluate --checkpoint \(summary.folder.best)",
      "train --model fully-connected-net --hidden 200,100 --epochs 30",
      "data fetch cifar10 && \(Terminal.program) train --data cifar10",
    ] : ["predict \(summary.folder.best) PICTURE", "export \(summary.folder.best) --to onnx", "runs"]
  lines += "Next:\n" + next.map { "  \(Terminal.program) \($0)\n" }.joined()
  return lines
}

/// One line for each epoch, and for each report that was asked for: for pipes and files.
struct PlainDisplay: RunDisplay {
  let showsSteps: Bool
  private var imagesPerSecond = 0.0

  init(showsSteps: Bool) { self.showsSteps = showsSteps }

  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?
  ) {
    Terminal.write(opening(configuration, trainer, normalization))
  }

  mutating func show(_ event: Trainer.Event) {
    switch event {
    case .progress(let progress):
      imagesPerSecond = progress.imagesPerSecond
      if showsSteps { Terminal.write("step \(progress.step)/\(progress.steps) loss \(progress.loss)\n") }
    case .epoch(let epoch):
      Terminal.write(epochLine(epoch, imagesPerSecond) + "\n")
    case .recovery(let recovery): Terminal.write("\(recovery)\n")
    }
  }

  mutating func stop() {}

  mutating func end(_ summary: RunSummary) { Terminal.write(closing(summary)) }
}

/// What an epoch came to, in one line.
private func epochLine(_ epoch: History.Epoch, _ imagesPerSecond: Double) -> String {
  var line = "epoch \(epoch.epoch)  loss \(NumberText.loss(epoch.loss))"
  line += "  train accuracy \(NumberText.decimal(epoch.trainingAccuracy, 4))"
  if let accuracy = epoch.validationAccuracy {
    line += "  validation accuracy \(NumberText.decimal(accuracy, 4))"
  }
  return line + "  \(Int(imagesPerSecond).grouped) images/s"
}

/// Nothing: what went wrong is said by others.
struct QuietDisplay: RunDisplay {
  func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?
  ) {}
  func show(_ event: Trainer.Event) {}
  func stop() {}
  func end(_ summary: RunSummary) {}
}

/// A bar that moves, and the epochs above it.
struct BarDisplay: RunDisplay {
  private var imagesPerSecond = 0.0
  /// So far; where there are many, means of neighbours.
  private var losses: [Double] = []
  private static let mostLosses = 512
  private var accuracy: Double?

  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?
  ) {
    Terminal.write(opening(configuration, trainer, normalization))
  }

  mutating func show(_ event: Trainer.Event) {
    switch event {
    case .progress(let progress):
      imagesPerSecond = progress.imagesPerSecond
      losses.append(progress.loss)
      if losses.count == BarDisplay.mostLosses {
        losses = stride(from: 0, to: losses.count, by: 2).map { (losses[$0] + losses[$0 + 1]) / 2 }
      }
      Terminal.write("\r" + bar(progress, width: Terminal.width - 1) + "\(Terminal.clearing)")
    case .epoch(let epoch):
      accuracy = epoch.validationAccuracy ?? epoch.trainingAccuracy
      var line = epochLine(epoch, imagesPerSecond)
      if line.count >= Terminal.width {
        line =
          "epoch \(epoch.epoch)  loss \(NumberText.loss(epoch.loss))  accuracy \(NumberText.decimal(accuracy ?? 0, 3))"
      }
      Terminal.write("\r\(Terminal.clearing)" + line + "\n")
    case .recovery(let recovery): Terminal.write("\r\(Terminal.clearing)\(recovery)\n")
    }
  }

  mutating func stop() { Terminal.write("\r\(Terminal.clearing)") }

  mutating func end(_ summary: RunSummary) { Terminal.write("\r\(Terminal.clearing)" + closing(summary)) }

  /// The bar, and as much beside it as the line has room for, the most wanted first.
  private func bar(_ progress: Trainer.Progress, width: Int) -> String {
    let done = Double(progress.step) / Double(max(progress.steps, 1))
    let head = "epoch \(progress.epoch)/\(progress.epochs) "
    var details = [
      "loss \(NumberText.loss(progress.loss))", "\(NumberText.time(progress.secondsLeft)) left",
      Column.left(BlockChart.sparkline(losses, width: 12), 12),
    ]
    if let accuracy { details.insert("accuracy \(NumberText.decimal(accuracy, 3))", at: 1) }
    details.append("\(Int(progress.imagesPerSecond).grouped) images/s")
    var tail = ""
    for detail in details where head.count + tail.count + detail.count + 14 <= width { tail += "  \(detail)" }
    let room = max(0, min(30, width - head.count - tail.count - 2))
    guard room > 3 else { return String((head + tail).prefix(max(width, 0))) }
    let filled = Int((done * Double(room)).rounded())
    return head + "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: room - filled)
      + "]" + tail
  }
}
