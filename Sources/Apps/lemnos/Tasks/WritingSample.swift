import Lemnos
import Training

/// What a language model writes while it is trained.
struct WritingSample {
  private let tokenizer: Tokenizer
  private let configuration: RunConfiguration

  /// Some line of text.
  private static let tokens = 100

  /// Nil for other models.
  ///
  /// - Parameter metadata: of the run's data, with the tokenizer.
  init?(_ configuration: RunConfiguration, _ metadata: [String: String]) throws {
    guard configuration.model.takes == .text, let text = metadata[LanguageTask.key] else { return nil }
    (tokenizer, self.configuration) = (try Tokenizer(json: Array(text.utf8)), configuration)
  }

  /// What the model, as it is now, goes on with after a line end: always with the same luck, so that it is the model that changes.
  func text(_ trainer: Trainer) throws -> String {
    let prompt = try tokenizer.encode(LanguageTask.usualPrompt(of: tokenizer), addsSpecialTokens: false)
    // On the CPU, beside whatever trains: it is some milliseconds of work.
    let generator = try LanguageTask.generator(
      tokenizer, configuration, from: trainer.checkpoint(), path: "the run",
      tokens: prompt.count + Self.tokens,
      in: Session(on: .cpu))
    var sampler = TokenSampler(temperature: 0.8, seed: configuration.seed)
    return try tokenizer.decode(generator.continuation(of: prompt, count: Self.tokens, by: &sampler))
  }
}
