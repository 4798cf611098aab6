import Lemnos
import Training

/// Language modeling: the next token of a text from those before it.
struct LanguageTask {
  let tokenizer: Tokenizer
  let objective: LanguageModeling
  private let context: Int
  private let masksDocuments: Bool

  /// The tokenizer, as its file would be.
  static let key = "lemnos.tokenizer"

  /// - Parameter charactersPerToken: nil to measure no bits per character.
  private init(_ tokenizer: Tokenizer, _ configuration: RunConfiguration, charactersPerToken: Double? = nil) {
    self.tokenizer = tokenizer
    (context, masksDocuments) = (configuration.context, configuration.masksDocuments)
    objective =
      masksDocuments
      ? LanguageModeling(
        Self.gpt(tokenizer, configuration), documents: TokenWindows.documentsField,
        tokens: TokenWindows.tokensField, charactersPerToken: charactersPerToken)
      : LanguageModeling(
        Self.net(tokenizer, configuration), tokens: TokenWindows.tokensField,
        charactersPerToken: charactersPerToken)
  }

  static func net(_ tokenizer: Tokenizer, _ configuration: RunConfiguration) -> any Layer {
    net(vocabulary: tokenizer.vocabularySize, configuration)
  }

  static func net(vocabulary: Int, _ configuration: RunConfiguration) -> any Layer {
    recurrent(vocabulary: vocabulary, configuration).map { $0 as any Layer }
      ?? gpt(vocabulary: vocabulary, configuration)
  }

  /// Nil for a gpt.
  private static func recurrent(
    vocabulary: Int, _ configuration: RunConfiguration
  ) -> RecurrentLanguageModel? {
    RecurrentLanguageModel.Cell(rawValue: configuration.model.rawValue).map {
      RecurrentLanguageModel(
        vocabulary: vocabulary, cell: $0, layers: configuration.blocks, channels: configuration.channels,
        dropout: configuration.dropout)
    }
  }

  /// What goes on with texts.
  ///
  /// - Parameter tokens: of the longest text.
  static func generator(
    _ tokenizer: Tokenizer, _ configuration: RunConfiguration, from file: Checkpoint, path: String,
    tokens: Int, in session: Session
  ) throws -> TokenGenerator {
    let precision = configuration.precision
    guard let net = recurrent(vocabulary: tokenizer.vocabularySize, configuration) else {
      return try TokenGenerator(
        gpt(tokenizer, configuration), from: file, path: path, tokens: tokens, precision: precision,
        in: session)
    }
    return try TokenGenerator(net, from: file, path: path, precision: precision, in: session)
  }

  static func gpt(_ tokenizer: Tokenizer, _ configuration: RunConfiguration) -> GPT {
    gpt(vocabulary: tokenizer.vocabularySize, configuration)
  }

  private static func gpt(vocabulary: Int, _ configuration: RunConfiguration) -> GPT {
    GPT(
      vocabulary: max(vocabulary, configuration.tokenRows ?? 0),
      context: configuration.context, blocks: configuration.blocks,
      heads: configuration.heads, keyValueHeads: configuration.keyValueHeads,
      channels: configuration.channels,
      mlpWidth: configuration.mlpWidth, arrangement: configuration.arrangement ?? .gpt2,
      bias: configuration.leavesBiasesOut ? false : configuration.hasAllBiases ? true : nil,
      positions: configuration.positions,
      rotaryBase: configuration.rotaryBase ?? 10_000, epsilon: configuration.normEpsilon,
      tied: !configuration.isUntied, dropout: configuration.dropout)
  }

  /// - Parameter examples: what is measured, for bits per character; nil for none.
  /// - Throws: `CheckpointError` for a checkpoint without a tokenizer.
  init(
    of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration,
    measuring examples: (any DataSource)? = nil
  ) throws {
    let tokenizer = try Self.tokenizer(in: checkpoint, path: path)
    self.init(
      tokenizer, configuration,
      charactersPerToken: try (examples as? TokenWindows).flatMap {
        try Self.charactersPerToken($0, tokenizer)
      })
  }

  static func tokenizer(in checkpoint: Checkpoint, path: String) throws -> Tokenizer {
    guard let text = checkpoint.metadata[key] else {
      throw CheckpointError(.unusable, path: path, "does not say which tokens its model goes by")
    }
    do throws(TokenizerError) {
      return try Tokenizer(json: Array(text.utf8))
    } catch {
      throw CheckpointError(.unusable, path: path, "has a tokenizer that cannot be used: \(error.message)")
    }
  }

  var saved: SavedTask {
    let names = [TokenWindows.tokensField] + (masksDocuments ? [TokenWindows.documentsField] : [])
    return SavedTask(
      objective, NoPreparation(), inputs: names.map { DataField($0, [context + 1], dtype: .int32) },
      targets: [])
  }

  /// Windows of a text of the user's, to evaluate the model on.
  func windows(at path: String, _ configuration: RunConfiguration) throws -> any DataSource {
    try TokenWindows(
      TokenSequence(of: Self.documents(path, configuration), by: tokenizer, endingWith: end),
      context: context, documentEnd: Self.documentEnd(configuration, tokenizer))
  }

  /// The token that ends a document which no other looks at; nil where all are one text.
  ///
  /// - Throws: `Failure` if documents are to be told apart and the tokenizer has none.
  private static func documentEnd(_ configuration: RunConfiguration, _ tokenizer: Tokenizer) throws -> Int32?
  {
    guard configuration.masksDocuments else { return nil }
    guard let end = tokenizer.id(of: endOfText) else {
      throw Failure(
        "--document-mask goes by the token \(endOfText) at the end of each document, which this tokenizer has not: leave it out, or "
          + "take another --tokenizer", code: 65)
    }
    return end
  }

  /// The token that ends documents.
  static let endOfText = "<|endoftext|>"

  /// What comes before a text: a line end or, if that has no token, the end of another text.
  static func usualPrompt(of tokenizer: Tokenizer) -> String {
    let lineEnd = try? tokenizer.encode("\n", addsSpecialTokens: false)
    return lineEnd?.isEmpty == false ? "\n" : endOfText
  }

  private var end: Int32? { tokenizer.id(of: Self.endOfText) }

  private static func documents(_ path: String, _ configuration: RunConfiguration) throws -> TextDocuments {
    path == TextDocuments.bundledName
      ? .bundled : try TextDocuments(path, field: configuration.textField ?? "text")
  }

  /// Windows that are drawn if the run's length is given in steps, else all, once in an epoch.
  static func examples(_ configuration: RunConfiguration, _ checkpoint: Checkpoint?) throws -> ExampleTask {
    let documents = try documents(configuration.data, configuration)
    let tokenizer =
      try checkpoint.map { try Self.tokenizer(in: $0, path: "the checkpoint") }
      ?? makeTokenizer(configuration, documents)
    let all = try TokenSequence(of: documents, by: tokenizer, endingWith: tokenizer.id(of: endOfText))
    let (training, validation) = try all.split(validation: configuration.validationSplit)
    let documentEnd = try documentEnd(configuration, tokenizer)
    let held =
      validation.count > configuration.context
      ? try TokenWindows(validation, context: configuration.context, documentEnd: documentEnd) : nil
    let task = LanguageTask(
      tokenizer, configuration,
      charactersPerToken: try held.flatMap { try charactersPerToken($0, tokenizer) })
    var windows = try TokenWindows(
      training, context: configuration.context, vocabularySize: tokenizer.vocabularySize,
      documentEnd: documentEnd)
    if let steps = configuration.steps {
      let count = steps / configuration.epochs * configuration.training.examplesPerStep
      windows = windows.drawn(count, seed: configuration.seed)
    }
    let none = DataSubset([], of: windows)
    return ExampleTask(
      objective: task.objective, training: windows,
      validation: held.map { $0 as any DataSource } ?? none,
      test: none,
      preparation: NoPreparation(), metadata: [key: String(decoding: tokenizer.json, as: UTF8.self)],
      notes: documents.notes)
  }

  /// How many epochs the steps of a run are: each of as many, some hundred if there is such a number, for the text is measured
  /// after each.
  static func epochs(of steps: Int) -> Int {
    let least = max(1, steps / 500)
    return (least...4 * least).first { steps.isMultiple(of: $0) }
      ?? stride(from: least, through: 1, by: -1).first { steps.isMultiple(of: $0) } ?? 1
  }

  private static func makeTokenizer(
    _ configuration: RunConfiguration, _ documents: TextDocuments
  ) throws -> Tokenizer {
    let special = [endOfText]
    switch configuration.tokenizer ?? "characters" {
    case "characters": return try .characters(of: documents.texts(), specialTokens: special)
    case "bytes": return try .bytes(specialTokens: special)
    case "bpe":
      return try .trainedBPE(
        on: documents.texts(), vocabularySize: configuration.vocabulary ?? 4096, specialTokens: special)
    case let path: return try Tokenizer(contentsOf: path)
    }
  }

  /// Nil of a text of special tokens alone.
  private static func charactersPerToken(_ windows: TokenWindows, _ tokenizer: Tokenizer) throws -> Double? {
    try windows.told.map(tokenizer.charactersPerToken).flatMap { $0 > 0 ? $0 : nil }
  }
}
