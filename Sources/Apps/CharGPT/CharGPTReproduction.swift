package import Lemnos
package import Reports
import Training
import Wording

/// nanoGPT's recipe for processors: a character model of four blocks on a text, 2,000 steps of 12 windows of 64 characters.
///
/// AdamW with betas 0.9 and 0.99, a decay of 0.1 of matrices alone, gradients clipped to a norm of 1; the rate rises to 1e-3 during
/// 100 steps and falls along a cosine to 1e-4. No dropout, no biases.
///
/// - SeeAlso: Andrej Karpathy, nanoGPT, github.com/karpathy/nanoGPT, whose README has the recipe and its loss.
package struct CharGPTReproduction {
  /// The extent of the reproduction.
  package enum Form: String, Sendable {
    /// Five runs of 2,000 steps.
    case full
    /// One of 400.
    case quick

    var runs: Int { self == .full ? 5 : 1 }
    var steps: Int { self == .full ? 2000 : 400 }
    var warmUp: Int { self == .full ? 100 : 20 }
  }

  /// A run that has finished.
  package struct Run: Sendable {
    package let seed: UInt64
    /// From opening the backend to the last measurement.
    package let seconds: Double
    /// Of the text held out, in nats for each character.
    package let validationLoss: Double
    package let history: History
  }

  /// The error of a reproduction that was stopped.
  package struct Stopped: Error {}

  static let context = 64
  private static let batch = 12
  /// How often the text held out is measured.
  private static let measurements = 4

  let text: TextDocuments
  let backend: BackendChoice
  let form: Form
  let seed: UInt64
  private let report: (Run, _ count: Int) -> Void
  private let isStopped: () -> Bool

  /// - Parameters:
  ///   - seed: of the first run; the others count up from it.
  ///   - report: called after each run, with their number.
  ///   - isStopped: polled often; true stops the reproduction.
  package init(
    text: TextDocuments, backend: BackendChoice, form: Form, seed: UInt64,
    on report: @escaping (Run, _ count: Int) -> Void, until isStopped: @escaping () -> Bool
  ) {
    (self.text, self.backend, self.form, self.seed) = (text, backend, form, seed)
    (self.report, self.isStopped) = (report, isStopped)
  }

  /// - Throws: `Stopped`, and errors of data and trainer.
  package func run() throws -> Report {
    let tokenizer = try Tokenizer.characters(of: text.texts())
    let tokens = try TokenSequence(of: text, by: tokenizer)
    let (training, held) = try tokens.split(validation: .fraction(0.1))
    var runs: [Run] = []
    var (sample, reason) = ("", "")
    for number in 0..<form.runs {
      let clock = ContinuousClock()
      let begin = clock.now
      let trainer = try trainer(training, held, tokenizer, seed: seed + UInt64(number))
      try trainer.run(epochs: Self.measurements, until: isStopped)
      if isStopped() { throw Stopped() }
      runs.append(
        Run(
          seed: seed + UInt64(number), seconds: (clock.now - begin) / .seconds(1),
          validationLoss: trainer.history.epochs.last?.validation?.loss ?? .nan, history: trainer.history))
      report(runs[number], form.runs)
      guard number == 0 else { continue }
      reason = trainer.backendReason
      sample = try Self.sample(net(tokenizer), trainer.checkpoint(), tokenizer, backend)
    }
    return CharGPTPage(
      text: text.path, tokens: (training.count, held.count), vocabulary: tokenizer.vocabularySize,
      reason: reason,
      form: form, runs: runs, sample: sample
    ).report
  }

  private func net(_ tokenizer: Tokenizer) -> GPT {
    GPT(
      vocabulary: tokenizer.vocabularySize, context: Self.context, blocks: 4, heads: 4, channels: 128,
      bias: false)
  }

  private func trainer(
    _ training: TokenSequence, _ held: TokenSequence, _ tokenizer: Tokenizer, seed: UInt64
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = Self.batch
    settings.clipNorm = 1
    // The last evaluation alone is compared; that of the training text is not looked at.
    settings.accuracySamples = Self.batch
    let count = form.steps / Self.measurements * Self.batch
    let windows = try TokenWindows(training, context: Self.context).drawn(count, seed: seed)
    return try Trainer(
      LanguageModeling(net(tokenizer)), training: windows,
      validation: TokenWindows(held, context: Self.context),
      optimizer: AdamW(learningRate: 1e-3, weightDecay: 0.1, beta1: 0.9, beta2: 0.99),
      schedule: WarmUp(steps: form.warmUp, then: CosineDecay(epochs: Self.measurements, floor: 0.1)),
      backend: backend, settings: settings, seed: seed)
  }

  /// What the model goes on with after a line end.
  private static func sample(
    _ net: GPT, _ checkpoint: Checkpoint, _ tokenizer: Tokenizer, _ backend: BackendChoice
  ) throws -> String {
    let generator = try TokenGenerator(net, from: checkpoint, path: "the first run", backend: backend)
    var sampler = TokenSampler(temperature: 0.8, seed: 0)
    return try tokenizer.decode(
      generator.continuation(of: tokenizer.encode("\n"), count: 500, by: &sampler))
  }
}
