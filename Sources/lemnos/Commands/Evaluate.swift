import ArgumentParser
import Lemnos
import Wording

/// The command `lemnos evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained network.",
    discussion: """
      Example:
        lemnos evaluate --checkpoint runs/mine/best.safetensors
      """)

  @Option(help: ArgumentHelp("A run's best.safetensors or last.safetensors.", valueName: "file"))
  var checkpoint: String

  @Option(help: ArgumentHelp("Other images than the run's own.", valueName: "name|path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Round the operands of products to this format (default: the run's own).", valueName: Precision.names),
    transform: { try Spelling.parse($0, as: Precision.self) })
  var precision: Precision?

  @OptionGroup var backend: BackendOptions

  @Flag(help: "Print JSON.")
  var json = false

  private struct Result: Encodable {
    let split: String
    let accuracy: Double
    let loss: Double
    let images: Int
  }

  mutating func run() throws {
    let file = try Checkpoint(modelIn: checkpoint)
    var configuration = try RunConfiguration(of: file, path: checkpoint)
    if let data { configuration.data = data }
    if let precision { configuration.precision = precision }
    // Nothing is trained, so the set may be smaller than a batch.
    configuration.batchSize = 1
    configuration.trainingSamples = nil
    configuration.validationSamples = nil
    let trainer = try configuration.makeTrainer(on: backend.choice)
    try trainer.load(file, path: checkpoint)
    if !json {
      Terminal.write("Backend: \(trainer.backendReason)\n")
      if let reason = trainer.precisionReason { Terminal.write("Precision: \(reason)\n") }
    }
    for split in [Trainer.Split.validation, .test] where split == .test || trainer.validationCount > 0 {
      let measured = try trainer.evaluate(split)
      if json {
        JSONLine.write(
          Result(
            split: split.rawValue, accuracy: measured.accuracy, loss: measured.loss, images: measured.count))
      } else {
        let name = split == .test ? "Test" : "Validation"
        Terminal.write(
          "\(name) accuracy \(NumberText.decimal(measured.accuracy, 4)), loss \(NumberText.loss(measured.loss)), on "
            + "\(measured.count.grouped) images.\n")
      }
    }
  }
}
