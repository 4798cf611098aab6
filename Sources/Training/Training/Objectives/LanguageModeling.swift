import Foundation
public import Layers
import Losses
public import Tensors

/// The next token after each token of a text.
///
/// A field holds windows of T + 1 tokens, `[B, T + 1]`: the model sees the first T, and is to tell the last T. The loss is the mean
/// cross-entropy of a token. Metrics are `perplexity`, e to the loss, and `bitsPerCharacter`, how many bits a compressor with this
/// model would take for a character.
public struct LanguageModeling: Objective {
  /// Tokens `[B, T]` to scores `[B, T, vocabulary]`.
  public let model: any Layer
  public let vocabulary: Int
  /// The field of windows, int32.
  public let input: String
  /// Characters of a token, the mean over the text: 1 where characters are tokens.
  public let charactersPerToken: Double

  /// - Parameter charactersPerToken: the mean over the text.
  public init(
    _ model: any Layer, vocabulary: Int, input: String = "tokens", charactersPerToken: Double = 1
  ) {
    precondition(charactersPerToken > 0, "tokens of \(charactersPerToken) characters are none")
    (self.model, self.vocabulary, self.input) = (model, vocabulary, input)
    self.charactersPerToken = charactersPerToken
  }

  /// - Throws: `TrainingError.scores` for a model that does not give one score per token of the vocabulary.
  public func measure(_ batch: Batch, in pass: Pass) throws -> Outcome {
    let windows = batch[input].indicesInInt32
    if let error = windows.error { throw error }
    guard windows.rank == 2, windows.shape[1] > 1 else {
      throw TrainingError.setting(
        "a window of text is some tokens and the one after each of them, [B, T + 1], not \(windows.shape)")
    }
    let length = windows.shape[1] - 1
    let scores = StepScope(.forward, "the model").building {
      model.forward(windows[.all, ..<length], in: pass)
    }
    if let error = scores.error { throw error }
    guard scores.shape == [batch.size, length, vocabulary] else {
      throw TrainingError.scores(
        shape: "\(scores.shape)", expected: "[\(batch.size), \(length), \(vocabulary)]")
    }
    let count = batch.size * length
    let losses = StepScope(.forward, "the loss").building {
      softmaxCrossEntropy(
        scores.reshaped([count, vocabulary]), windows[.all, 1...].reshaped([count])
      ).reshaped([batch.size, length]).mean([1])
    }
    let characters = charactersPerToken
    return Outcome(
      losses: losses,
      metrics: [
        Metric("perplexity", .lowerIsBetter, sums: [losses]) { sums, count in exp(sums[0] / count) },
        Metric("bitsPerCharacter", .lowerIsBetter, sums: [losses]) { sums, count in
          sums[0] / count / log(2) / characters
        },
      ], outputs: ["scores": scores])
  }
}
