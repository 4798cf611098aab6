import Glibc
public import Layers
import Losses
public import Models
public import Tensors

/// Language modeling: a model that gives the scores of the next token at each place, and a field of tokens `[T + 1]`.
///
///     loss = −1/T Σ_t log p(token_{t+1} | tokens up to t)
///
/// The model takes the first T tokens, int32 `[B, T]`, and gives `[B, T, vocabulary]`; the last T are told. Metrics are `perplexity`,
/// exp (mean loss), which is how many equally likely tokens would be as hard to tell, and, if it is known how many
/// characters a token has, `bits-per-character`, which compares models with different tokens:
///
///     loss / ln 2 · tokens / characters
///
/// Characters are Unicode's scalars, in the text of the tokens that are told; special tokens are no text, but are told.
///
/// With a field of documents, int32 `[T + 1]`, no token looks at one of another document. The loss is of all tokens, the first of a
/// document too, which is told at the end of the one before: so it compares with the loss without documents, and a text may
/// begin after the end of another.
///
/// - SeeAlso: Llama Team 2024, "The Llama 3 herd of models", section 3.2, for masks of documents in training.
public struct LanguageModeling: Objective {
  private let predict: Predict
  public let tokens: String
  public let charactersPerToken: Double?

  /// - Parameters:
  ///   - tokens: the field of the tokens, the first T of which the model takes.
  ///   - charactersPerToken: of the text that is measured (`Tokenizer.charactersPerToken(of:)`); nil where it is unknown.
  public init(_ model: any Layer, tokens: String = "tokens", charactersPerToken: Double? = nil) {
    (self.tokens, self.charactersPerToken) = (tokens, charactersPerToken)
    predict = model.predicting(from: tokens)
  }

  /// A GPT on several texts in a row, none of which looks at another.
  ///
  /// - Parameters:
  ///   - documents: the field with the number of each token's document, which `TokenWindows(documentEnd:)` has.
  ///   - tokens: the field of the tokens, the first T of which the model takes.
  ///   - charactersPerToken: of the text that is measured; nil where it is unknown.
  public init(
    _ model: GPT, documents: String, tokens: String = "tokens", charactersPerToken: Double? = nil
  ) {
    (self.tokens, self.charactersPerToken) = (tokens, charactersPerToken)
    predict = { batch, pass in
      let (ids, numbers) = (batch[tokens], batch[documents])
      guard ids.error == nil, numbers.error == nil else { return ids.error == nil ? numbers : ids }
      guard numbers.shape == [ids.shape[0], ids.shape[1] + 1] else {
        return .invalid(
          "languageModeling",
          "\(ids.shape[1] + 1) tokens of an example have as many numbers of documents, not \(numbers.dtype)\(numbers.shape)"
        )
      }
      return model.forward(ids, documents: numbers[.all, 0..<ids.shape[1]], in: pass)
    }
  }

  public var monitored: Monitored { Monitored("perplexity", .lowerIsBetter) }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let ids = batch[tokens]
    guard ids.error == nil else { return Outcome(losses: ids) }
    guard ids.rank == 2, ids.shape[1] >= 2 else {
      return Outcome(
        losses: .invalid(
          "languageModeling", "takes tokens [B, T + 1] of at least two each, not \(ids.dtype)\(ids.shape)"))
    }
    let (count, length) = (ids.shape[0], ids.shape[1] - 1)
    var batch = batch
    batch[tokens] = ids[.all, 0..<length]
    let scores = StepScope(.forward, "the model").building { predict(batch, pass) }
    guard scores.error == nil else { return Outcome(losses: scores) }
    guard scores.rank == 3, scores.shape[0] == count, scores.shape[1] == length else {
      return Outcome(
        losses: .invalid(
          "languageModeling",
          "needs scores [\(count), \(length), vocabulary] of the next token at each place, not \(scores.dtype)\(scores.shape)"
        ))
    }
    let losses = StepScope(.forward, "the loss").building {
      softmaxCrossEntropy(
        scores.reshaped([count * length, scores.shape[2]]), ids[.all, 1...].reshaped([count * length])
      ).reshaped([count, length]).mean([1])
    }
    guard losses.error == nil else { return Outcome(losses: losses) }
    var metrics = [Metric("perplexity", .lowerIsBetter, sums: [losses]) { exp($0[0] / $1) }]
    if let charactersPerToken {
      metrics.append(
        Metric("bits-per-character", .lowerIsBetter, sums: [losses]) {
          $0[0] / $1 / (log(2) * charactersPerToken)
        })
    }
    return Outcome(losses: losses, metrics: metrics)
  }
}
