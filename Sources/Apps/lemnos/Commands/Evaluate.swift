import ArgumentParser
import Lemnos
import Training
import Wording

/// The command `lemnos evaluate`.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained network.",
    discussion: """
      Measured are the run's own images that were held out, and those to test on; or those of --data: the part to test on, or all \
      pictures of a folder that has no such part, class/name.jpg. Classes are found by their names: a folder may have some of the \
      network's, in any order, and no others.

      It prints the accuracy on each class, and what its images were taken for: a matrix, or of many classes the most frequent \
      mistakes; --json has all of it. Of a table, of masks and of images made again it prints all metrics; --data is another table or folder.

      Examples:
        lemnos evaluate --checkpoint runs/mine/best.safetensors
        lemnos evaluate --checkpoint runs/mine/best.safetensors --data fashion-mnist-small --json
      """)

  @Option(help: ArgumentHelp("A run's best.safetensors or last.safetensors.", valueName: "file"))
  var checkpoint: String

  @Option(help: ArgumentHelp("Other images than the run's own.", valueName: "name|path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Round the operands of products to this format (default: the run's own).",
      valueName: Precision.placeholder),
    transform: { try Spelling.parse($0, as: Precision.self) })
  var precision: Precision?

  @OptionGroup var badFiles: BadFileOptions

  @OptionGroup var backend: BackendOptions

  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let file = try Checkpoint(modelIn: checkpoint)
    var configuration = try RunConfiguration(of: file, path: checkpoint)
    if let precision { configuration.precision = precision }
    if let allowed = badFiles.allowBadFiles { configuration.allowBadFiles = allowed }
    try configuration.check()
    guard configuration.model.takes == .images else { return try evaluateExamples(file, configuration) }
    let names =
      try ModelIdentity.classNames(in: file)
      ?? (0..<configuration.classes(in: file, path: checkpoint)).map(String.init)
    let sets =
      try data.map { [try MeasuredSet(of: $0, for: file, configuration, classNames: names)] }
      ?? MeasuredSet.all(of: configuration, classNames: names)
    let evaluator = try ModelEvaluator(
      configuration.makeModel(classes: names.count), classes: names.count, images: sets[0].images.shape,
      from: file, path: checkpoint, normalization: configuration.pixels, loss: configuration.makeLoss(),
      metrics: configuration.metrics ?? [.accuracy], precision: configuration.precision,
      backend: backend.choice)
    if !json {
      Terminal.write("Backend: \(evaluator.backendReason)\n")
      if let reason = evaluator.precisionReason { Terminal.write("Precision: \(reason)\n") }
    }
    for set in sets {
      let (measured, confusion) = try evaluator.evaluateWithConfusion(set.images, called: set.split.rawValue)
      guard measured.loss.isFinite else {
        throw CheckpointError(
          .unusable, path: checkpoint,
          "comes to a loss of \(measured.loss.isNaN ? "NaN" : "infinity") on \(measured.count.grouped) images: its scores are no finite numbers"
        )
      }
      let result = MeasuredResult(
        split: set.split, measured, confusion, byClass: set.split == .test, classNames: names)
      if json { JSONLine.write(result) } else { Terminal.write(result.text(width: Self.width)) }
    }
  }

  /// Evaluates tasks other than image classification.
  private func evaluateExamples(_ file: Checkpoint, _ configuration: RunConfiguration) throws {
    let task = try SavedTask(of: file, path: checkpoint, configuration)
    let sets =
      try data.map { [(split: Trainer.Split.test, examples: try task.examples(at: $0, file, configuration))] }
      ?? ExampleTask(of: configuration, as: file).measured(configuration)
    let objective =
      try sets.first.map { try task.measuring($0.examples, file, path: checkpoint, configuration) }
      ?? task.objective
    let evaluator = try ModelEvaluator(
      objective, fields: sets.first?.examples.fields ?? [], from: file, path: checkpoint,
      preparation: task.preparation, precision: configuration.precision, backend: backend.choice)
    if !json { Terminal.write("Backend: \(evaluator.backendReason)\n") }
    for set in sets {
      let measured = try evaluator.evaluate(set.examples, called: set.split.rawValue)
      guard measured.loss.isFinite else {
        throw CheckpointError(
          .unusable, path: checkpoint,
          "comes to a loss of \(measured.loss) on \(measured.count.grouped) \(configuration.noun)")
      }
      if json {
        JSONLine.write(
          Measured(split: set.split.rawValue, examples: measured.count, measured: measured.named))
      } else {
        let name = set.split == .test ? "Test" : "Validation"
        Terminal.write(
          "\(name): \(metricsText(measured)), on \(measured.count.grouped) \(configuration.noun).\n")
      }
    }
  }

  private struct Measured: Encodable {
    let split: String
    let examples: Int
    /// The loss and all metrics.
    let measured: [String: Double]
  }

  private static var width: Int { Terminal.isInteractive ? Terminal.width : 120 }
}
