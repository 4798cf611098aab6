import FoundationEssentials
import Lemnos
import Runs

/// Prints one JSON object per line (JSON Lines), for programs.
struct JSONDisplay: RunDisplay {
  private struct Beginning: Encodable {
    let event = "begin"
    let backend: String
    let tuning: String?
    let precision: String?
    let streaming: Streaming?
    let normalization: String?
    let columns: String?
    let configuration: RunConfiguration
    let parameters: Int
    let trainingExamples: Int
    let stepsPerEpoch: Int
    let folder: String
  }

  private struct Step: Encodable {
    let event = "step"
    let step: Int
    let steps: Int
    let epoch: Int
    let loss: Double
    let examplesPerSecond: Double
    let secondsLeft: Double
  }

  private struct Epoch: Encodable {
    let event = "epoch"
    let epoch: Int
    let step: Int
    let loss: Double
    /// The loss and all metrics.
    let training: [String: Double]
    let validation: [String: Double]?
  }

  private struct Writing: Encodable {
    let event = "writing"
    let text: String
  }

  private struct Recovery: Encodable {
    let event = "recovery"
    let step: Int
    let lostAtStep: Int
    let message: String
  }

  private struct End: Encodable {
    let event = "end"
    /// The loss and all metrics.
    let test: [String: Double]?
    let testExamples: Int?
    let bestEpoch: Int?
    let lossScale: Double?
    let skippedSteps: Int?
    let seconds: Double
    let folder: String
  }

  mutating func begin(
    _ configuration: RunConfiguration, _ trainer: Trainer, folder: String, normalization: String?,
    columns: String?
  ) {
    JSONLine.write(
      Beginning(
        backend: trainer.backendReason, tuning: trainer.tuningSummary, precision: trainer.precisionReason,
        streaming: trainer.streaming, normalization: normalization, columns: columns,
        configuration: configuration,
        parameters: trainer.states.parameterCount,
        trainingExamples: trainer.trainingCount, stepsPerEpoch: trainer.stepsPerEpoch, folder: folder))
  }

  mutating func show(_ event: Trainer.Event) {
    switch event {
    case .progress(let progress):
      JSONLine.write(
        Step(
          step: progress.step, steps: progress.steps, epoch: progress.epoch, loss: progress.loss,
          examplesPerSecond: progress.examplesPerSecond, secondsLeft: progress.secondsLeft))
    case .epoch(let epoch):
      JSONLine.write(
        Epoch(
          epoch: epoch.epoch, step: epoch.step, loss: epoch.loss, training: epoch.training.named,
          validation: epoch.validation?.named))
    case .recovery(let recovery):
      JSONLine.write(
        Recovery(step: recovery.step, lostAtStep: recovery.lostAtStep, message: recovery.description))
    }
  }

  private struct Counters: Encodable {
    let event = "counters"
    let counters: TrainingCounters
    let checkpoints: CheckpointFolder.Times
  }

  mutating func show(_ counters: TrainingCounters, _ checkpoints: CheckpointFolder.Times) {
    JSONLine.write(Counters(counters: counters, checkpoints: checkpoints))
  }

  func show(writing text: String) { JSONLine.write(Writing(text: text)) }

  mutating func stop() {}

  mutating func end(_ summary: RunSummary) {
    JSONLine.write(
      End(
        test: summary.test?.named, testExamples: summary.test?.count,
        bestEpoch: summary.best?.epoch, lossScale: summary.lossScale?.scale,
        skippedSteps: summary.lossScale?.skippedSteps, seconds: summary.seconds, folder: summary.folder.path))
  }
}

enum JSONLine {
  static func write(_ value: some Encodable) { Terminal.write(text(value)) }

  static func text(_ value: some Encodable) -> String {
    guard let line = try? JSONEncoder.lines.encode(value) else {
      preconditionFailure("\(type(of: value)) has no form in JSON")
    }
    return String(decoding: line, as: UTF8.self) + "\n"
  }
}
