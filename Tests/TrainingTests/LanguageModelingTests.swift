import Datasets
import Devices
import Glibc
import Layers
import Models
import Optimizers
import Tensors
import TestSupport
import Testing
import Tokenizers
import Training

@Suite("Language modeling")
struct LanguageModelingTests {
  /// A text whose next character follows from the last two.
  private static let text = String(repeating: "abcabdabe", count: 60)

  private func windows(context: Int = 12) throws -> (
    training: TokenWindows, validation: TokenWindows, tokens: Tokenizer
  ) {
    let tokenizer = try Tokenizer.characters(of: [Self.text])
    let (training, validation) = try TokenSequence(tokenizer.encode(Self.text)).split(validation: 0.2)
    return (
      try TokenWindows(training, context: context, vocabularySize: tokenizer.vocabularySize),
      try TokenWindows(validation, context: context), tokenizer
    )
  }

  private func trainer(_ residency: DataResidency = .automatic) throws -> Trainer {
    let (training, validation, tokenizer) = try windows()
    let net = GPT(vocabulary: tokenizer.vocabularySize, context: 12, blocks: 1, heads: 2, channels: 16)
    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.dataResidency = residency
    return try Trainer(
      LanguageModeling(net, charactersPerToken: 1), training: training, validation: validation,
      optimizer: AdamW(learningRate: 1e-2), backend: .cpu, settings: settings, seed: 4)
  }

  @Test("learns a text, and measures perplexity and bits per character of what was held out")
  func learning() throws {
    let trainer = try trainer()
    let history = try trainer.run(epochs: 40)
    let last = try #require(history.epochs.last?.validation)
    // Two of three characters follow from the one before; the third one of three follows from the last but one.
    let (perplexity, loss) = (last.value(of: "perplexity"), last.loss)
    #expect(perplexity < 1.3)
    #expect(abs(perplexity - exp(loss)) < 1e-6 * exp(loss))
    #expect(abs(last.value(of: "bits-per-character") - loss / log(2)) < 1e-6)
    #expect(history.monitored == Monitored("perplexity", .lowerIsBetter))
  }

  @Test("draws the same windows whether they are in memory or streamed, and when a run goes on")
  func draws() throws {
    let (resident, streamed) = (try trainer(), try trainer(.streamed))
    try resident.run(epochs: 3)
    try streamed.run(epochs: 1)
    let checkpoint = try streamed.checkpoint()
    let resumed = try trainer(.streamed)
    try resumed.resume(from: checkpoint, path: "run")
    try resumed.run(epochs: 3)
    #expect(resumed.history.losses == resident.history.losses && resident.history.losses.count > 3)
    for step in 1...4 { #expect(try resumed.examples(ofStep: step) == resident.examples(ofStep: step)) }
  }

  @Test("refuses what has no next token")
  func refusals() {
    let net = GPT(vocabulary: 5, context: 4, blocks: 1, heads: 1, channels: 4)
    let pass = Pass(.training, states: StateStore())
    let one = Tensor.full([2, 1], 0, dtype: .int32)
    let outcome = LanguageModeling(net).measure(Batch(size: 2, ["tokens": one]), in: pass)
    #expect(
      outcome.losses.error.map { "\($0)" }?.contains("takes tokens [B, T + 1] of at least two each") == true)
    let flat = LanguageModeling(Dense(3)).measure(Batch(size: 2, ["tokens": .full([2, 5], 0)]), in: pass)
    #expect(flat.losses.error.map { "\($0)" }?.contains("needs scores [2, 4, vocabulary]") == true)
  }
}
