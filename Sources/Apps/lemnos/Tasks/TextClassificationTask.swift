import FoundationEssentials
import Lemnos
import Training

/// A class of each text.
struct TextClassificationTask {
  let tokenizer: Tokenizer
  let classNames: [String]
  /// The tokens that a text is cut to, or filled up to.
  let length: Int
  private let objective: Classification

  private static let classesKey = "lemnos.classes"
  static let lengthKey = "lemnos.length"
  /// What the objective calls the scores.
  static let output = "scores"

  private init(
    _ tokenizer: Tokenizer, _ classNames: [String], length: Int, _ configuration: RunConfiguration,
    labels: [Int32]? = nil
  ) throws {
    (self.tokenizer, self.classNames, self.length) = (tokenizer, classNames, length)
    let net = Self.net(tokenizer, classes: classNames.count, configuration)
    objective = Classification(
      classes: classNames.count, loss: configuration.makeLoss(), label: TokenizedTexts.labelsField,
      classWeights: try labels.flatMap {
        try configuration.classWeights?.weights(of: $0, classes: classNames.count)
      },
      metrics: configuration.metrics ?? [.accuracy]
    ) { batch, pass in
      net.forward(batch[TokenizedTexts.tokensField], lengths: batch[TokenizedTexts.lengthsField], in: pass)
    }
  }

  static func net(_ tokenizer: Tokenizer, classes: Int, _ configuration: RunConfiguration) -> BERT {
    net(
      vocabulary: max(tokenizer.vocabularySize, configuration.tokenRows ?? 0), classes: classes, configuration
    )
  }

  static func net(vocabulary: Int, classes: Int, _ configuration: RunConfiguration) -> BERT {
    BERT(
      vocabulary: vocabulary, context: configuration.context,
      classes: classes, blocks: configuration.blocks, heads: configuration.heads,
      channels: configuration.channels, mlpWidth: configuration.mlpWidth, gelu: configuration.gelu ?? .exact,
      epsilon: configuration.normEpsilon ?? 1e-12, dropout: configuration.dropout)
  }

  /// - Throws: `CheckpointError` for a checkpoint without a tokenizer or classes.
  init(of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration) throws {
    guard let names = ModelIdentity.classNames(in: checkpoint) else {
      throw CheckpointError(.unusable, path: path, "does not say which classes its model tells")
    }
    let length = checkpoint.metadata[Self.lengthKey].flatMap(Int.init) ?? configuration.context
    guard (1...configuration.context).contains(length) else {
      throw CheckpointError(
        .unusable, path: path, "has texts of \(length) tokens, where its context is \(configuration.context)")
    }
    try self.init(
      LanguageTask.tokenizer(in: checkpoint, path: path), names, length: length, configuration)
  }

  var saved: SavedTask {
    SavedTask(
      objective, NoPreparation(), inputs: TokenizedTexts.fields(length: length),
      targets: [TokenizedTexts.labels])
  }

  /// What a checkpoint says of texts and classes.
  static func metadata(_ tokenizer: [UInt8], _ classNames: [String], length: Int) throws -> [String: String] {
    [
      LanguageTask.key: String(decoding: tokenizer, as: UTF8.self),
      classesKey: String(decoding: try JSONEncoder().encode(classNames), as: UTF8.self),
      lengthKey: "\(length)",
    ]
  }

  private static func texts(at path: String, _ configuration: RunConfiguration) throws -> LabeledTexts {
    try LabeledTexts(
      path, field: configuration.textField ?? "text", target: configuration.target?.first ?? "label")
  }

  /// Texts of the user's, to evaluate the model on.
  func examples(at path: String, _ configuration: RunConfiguration) throws -> any DataSource {
    try Self.texts(at: path, configuration).matched(to: classNames).examples(by: tokenizer, length: length)
  }

  /// The run's texts in a fixed pseudorandom order, independent of the run's seed, so that all runs test on the same: the last tenth.
  static func examples(_ configuration: RunConfiguration, _ checkpoint: Checkpoint?) throws -> ExampleTask {
    var texts = try texts(at: configuration.data, configuration)
    let isResumed = checkpoint?.metadata[lengthKey] != nil
    if let names = checkpoint.flatMap(ModelIdentity.classNames),
      isResumed || Set(texts.classNames).isSubset(of: names)
    {
      // Another run's classes have its order; where they are others, they are learned anew.
      texts = try texts.matched(to: names)
    }
    guard texts.texts.count >= 3, texts.classNames.count >= 2 else {
      throw Failure(
        "\(configuration.data) has \(texts.texts.count) texts of \(texts.classNames.count) classes, too few to train and test on",
        code: 65)
    }
    let tokenizer =
      try checkpoint.map { try LanguageTask.tokenizer(in: $0, path: "the checkpoint") }
      ?? makeTokenizer(configuration, texts.texts)
    // No longer than the longest text; a run that goes on has the length that it had.
    let known = checkpoint?.metadata[lengthKey].flatMap(Int.init)
    let longest = try texts.texts.reduce(1) {
      max($0, try tokenizer.encode($1, upTo: configuration.context).count)
    }
    let length = min(known ?? longest, configuration.context)
    let all = try texts.examples(by: tokenizer, length: length)
    let (training, test) = all.shuffled(seed: 0).split(last: (all.count + 9) / 10)
    let labels: [Int32]? = try training.fields.firstIndex { $0.name == TokenizedTexts.labelsField }.map {
      try training.allValues(ofField: $0).elements()
    }
    let task = try TextClassificationTask(
      tokenizer, texts.classNames, length: length, configuration, labels: labels)
    let counts = texts.classNames.indices.map { place in texts.labels.count { $0 == place } }
    let named = zip(texts.classNames, counts).map { "\($0) (\($1))" }.prefix(20).joined(separator: ", ")
    return ExampleTask(
      objective: task.objective, training: training, test: test, preparation: NoPreparation(),
      metadata: try metadata(tokenizer.json, texts.classNames, length: length),
      columns: "\(all.count) texts of \(texts.classNames.count) classes: \(named)\n"
        + "  \(length) tokens of each; a tenth of the texts, \(test.count), is held out for testing")
  }

  private static func makeTokenizer(_ configuration: RunConfiguration, _ texts: [String]) throws -> Tokenizer
  {
    let special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    switch configuration.tokenizer ?? "wordpiece" {
    case "characters": return try .characters(of: texts)
    case "bytes": return try .bytes()
    case "bpe": return try .trainedBPE(on: texts, vocabularySize: configuration.vocabulary ?? 4096)
    case "wordpiece":
      return try Tokenizer.trainedWordPiece(
        on: texts, vocabularySize: configuration.vocabulary ?? 4096, specialTokens: special
      ).framing(with: "[CLS]", "[SEP]")
    case let path: return try Tokenizer(contentsOf: path)
    }
  }
}
