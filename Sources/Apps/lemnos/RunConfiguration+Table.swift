import Lemnos
import Training

extension RunConfiguration {
  /// Every setting of a run, in the order of the help: its option, its name in files, and what it may be.
  static let table: [Setting<RunConfiguration>] =
    network + data + update + TrainingSettings.table.map { $0.within(\.training) } + course

  private static let epochs = 1...Int(Int32.max)

  static let network: [Setting<RunConfiguration>] = [
    Setting(
      "model", \.model, "model",
      "The network (default: two-layer-net; of a table mlp, of a text gpt, which may be an lstm or a gru, by --task unet, autoencoder or bert)."
    ),
    Setting(
      "hidden", \.hidden, "hidden",
      "Units of each hidden layer, of the nets that leave them open (default: 1024; of an mlp 64,64).",
      parse: units),
    Setting(
      "normalization", \.normalization, "normalization",
      "Normalization of a fully-connected net's hidden layers (default: none)."),
    Setting(
      "dropout", \.dropout, "dropout",
      "Probability of dropping a hidden unit of a fully-connected net or an mlp, or what blocks of a gpt, a vit or a bert add and weights of their attention (default: 0).",
      .belowOne { "the dropout rate is \($0)" }),
    Setting(recorded: "stem", \.stem),
    Setting(
      "blocks", \.blocks, "blocks",
      "Blocks of a gpt, a vit or a bert, or layers of an lstm or a gru (default: 4, of these 2).",
      .from(1...1 << 10) { "the network has \($0) blocks" }),
    Setting(
      "heads", \.heads, "heads",
      "Heads of each attention of a gpt, a vit or a bert, a divisor of its channels (default: 4).",
      .from(1...1 << 10) { "attention has \($0) heads" }),
    Setting(
      "channels", \.channels, "channels",
      "Numbers that a gpt, a bert, an lstm or a gru keeps of each token, a vit of each patch (default: 128, of an lstm and a gru 256).",
      .from(1...1 << 16) { "the network has \($0) channels" }),
    Setting(
      "context", \.context, "context",
      "Tokens that a gpt, an lstm or a gru sees at once, and to which a bert cuts texts (default: 128).",
      .from(1...1 << 20) { "the context is \($0) tokens" }),
    Setting(
      "arrangement", \.arrangement, "arrangement",
      "What the blocks of a gpt are made of: layer normalization, GELU, biases and learned positions, or root mean square normalization, SwiGLU, no biases and rotary positions (default: gpt2)."
    ),
    Setting(
      "keyValueHeads", \.keyValueHeads, "key-value-heads",
      "Heads of keys and values of each attention of a gpt, a divisor of its heads, which share them (default: as many).",
      .from(1...1 << 10) { "attention has \($0) heads of keys and values" }),
    Setting(
      "mlpWidth", \.mlpWidth, "mlp-width",
      "Units of the MLP in each block of a gpt, a vit or a bert (default: 4 times the channels; of --arrangement llama 8/3 times, in multiples of 32).",
      .from(1...1 << 20) { "the width of MLPs is \($0)" }),
    Setting(
      "untied", \.isUntied, "untied",
      "Give the scores of a gpt a matrix of their own, which is otherwise the table of its tokens."),
    Setting(
      "positions", \.positions, "positions",
      "How a gpt tells places apart: by learned vectors, or by turning queries and keys (default: learned; of --arrangement llama rotary)."
    ),
    Setting("noBias", \.leavesBiasesOut, "no-bias", "Leave the biases of a gpt out."),
    Setting(
      "patch", \.patch, "patch",
      "Side of a vit's patches in pixels, a divisor of the sides of images (default: 4).",
      .from(1...1 << 12) { "the side of patches is \($0) pixels" }),
    Setting(
      "pooling", \.pooling, "pooling",
      "What a vit tells classes from: a token of its own among the patches, or their mean (default: class-token)."
    ),
    Setting(recorded: "gelu", \.gelu),
    Setting(recorded: "allBiases", \.hasAllBiases),
    Setting(
      recorded: "tokenRows", \.tokenRows, .from(1...1 << 24) { "the table of tokens has \($0) rows" }),
    Setting(
      recorded: "rotaryBase", \.rotaryBase, .aboveZero { "the base of rotary positions is \($0)" }),
    Setting(
      recorded: "normEpsilon", \.normEpsilon, .aboveZero { "the epsilon of normalization is \($0)" }),
  ]

  private static let data: [Setting<RunConfiguration>] = [
    Setting(
      "data", \.data, "data",
      "A data set's name, or a folder or archive of IDX files, CIFAR-10, CIFAR-100, numpy's arrays (.npz) or pictures, class/name.jpg; a table, houses.csv; a text, book.txt, pages.jsonl or opticks, or a folder of texts; a folder of images and one of masks (default: fashion-mnist-small).",
      placeholder: "name|path"),
    Setting(
      "task", \.task, "task",
      "What is learned (default: what the data are: a class of each image, numbers or categories of a table; text-classification tells a class of each text)."
    ),
    Setting(
      "target", \.target, "target",
      "The columns of a table that are told, or the field with the class of a text (default: label).",
      placeholder: "column,…",
      parse: columns),
    Setting(
      "leftOut", \.leftOut, "leave-out", "Columns of a table that are not gone by.", placeholder: "column,…",
      parse: columns),
    Setting(
      "categorical", \.categorical, "categorical",
      "Columns of a table that are categories although they look like numbers.", placeholder: "column,…",
      parse: columns),
    Setting(
      "ignoredLabel", \.ignoredLabel, "ignore-label",
      "The grey level or colour of masks whose pixels count for nothing, neither in the loss nor in metrics: 255, #ff0000.",
      placeholder: "level|colour"),
    Setting(
      "textField", \.textField, "text-field",
      "The field of JSON lines, or the column of a table, that holds a text (default: text).",
      placeholder: "name"),
    Setting(
      "tokenizer", \.tokenizer, "tokenizer",
      "How a text becomes tokens: its characters, bytes, a byte pair encoding or WordPiece trained on it, or by a tokenizer.json (default: characters; of a bert wordpiece).",
      placeholder: "characters|bytes|bpe|wordpiece|file"),
    Setting(
      "vocabulary", \.vocabulary, "vocabulary",
      "Tokens of a byte pair encoding or of WordPiece that is trained (default: 4096).",
      .from(257...1 << 24) { "the vocabulary is \($0) tokens" }),
    Setting(
      "documentMask", \.masksDocuments, "document-mask",
      "Let no token of a gpt look at one of another document, of which files and JSON lines are one each (default: it looks at what is before it)."
    ),
    Setting(
      "imageSize", \.imageSize, "image-size",
      "Pictures of a folder are scaled to n×n pixels by their shorter side and cut to their middle (default: \(Dataset.usualImageSize)).",
      .from(Dataset.imageSizes) { "the image size is \($0)" }),
    Setting("allowBadFiles", \.allowBadFiles, "allow-bad-files", BadFileOptions.help),
    Setting(
      "validation", \.validation, "validation",
      "Training images to hold out: a fraction or a number (default: 0.1). Data with a part of its own for validation uses that, unless this is 0."
    ),
  ]

  private static let update: [Setting<RunConfiguration>] = [
    Setting(
      "optimizer", \.optimizer, "optimizer",
      "The update rule (default: momentum; of an mlp, unet or autoencoder adam, of a gpt, a vit or a bert adamw)."
    ),
    Setting(
      "learningRate", \.learningRate, "learning-rate",
      "The first learning rate (default: 0.01; of an mlp, unet, autoencoder, gpt, vit or bert 0.001)."),
    Setting(
      "weightDecay", \.weightDecay, "weight-decay", "How strongly adamw shrinks weights (default: 0.01).",
      .notNegative { "the weight decay is \($0)" }),
    Setting(
      "betas", \.betas, "betas",
      "How much adam and adamw keep of their averages of gradients and of their squares (default: 0.9,0.999).",
      .belowOne { "a factor of an average is \($0)" }, placeholder: "x,x"),
    Setting(
      "labelSmoothing", \.labelSmoothing, "label-smoothing",
      "Part of each label that is spread over all classes (default: 0).",
      .belowOne { "the label smoothing is \($0)" }),
    Setting(
      "conventions", \.conventions, "conventions",
      "pytorch: keep unbiased running variances, multiply velocities by the learning rate when they are used, and let all parameters decay (default: lemnos)."
    ),
    Setting("seed", \.seed, "seed", "Decides all random numbers (default: 231)."),
  ]

  private static let course: [Setting<RunConfiguration>] = [
    Setting(
      "epochs", \.epochs, "epochs", "Passes over the training examples (default: 40).",
      .from(epochs) { "the number of epochs is \($0)" }, scope: .run),
    Setting(
      "learningRateDecay", \.learningRateDecay, "lr-decay",
      "Factor on the learning rate after each epoch (default: 0.95), or each time that a step or plateau schedule lowers it (default: 0.1).",
      .aboveZero { "the learning-rate decay is \($0)" }, scope: .run),
    Setting(
      "schedule", \.schedule, "schedule",
      "How the learning rate changes: by --lr-decay after each epoch, after some, or when nothing gets better, along a cosine, or up and down (default: decay).",
      scope: .run),
    Setting(
      "finalLearningRate", \.finalLearningRate, "final-learning-rate",
      "The learning rate at which a cosine schedule ends (default: 0).",
      .notNegative { "the final learning rate is \($0)" }, scope: .run),
    Setting(
      recorded: "scheduleEpochs", \.scheduleEpochs, .from(epochs) { "the schedule takes \($0) epochs" }),
    Setting(
      "milestones", \.milestones, "lr-milestones",
      "Epochs after which a step schedule lowers the learning rate (default: half and three quarters of them).",
      .from(epochs) { "the learning rate is to fall after \($0) epochs" }, scope: .run, parse: milestones),
    Setting(
      "decayEvery", \.decayEvery, "lr-every",
      "Lower the learning rate of a step schedule after every n epochs.",
      .from(epochs) { "the learning rate is to fall after \($0) epochs" }, scope: .run),
    Setting(
      "ratePatience", \.ratePatience, "lr-patience",
      "Epochs without anything better after which a plateau schedule lowers the learning rate (default: 10).",
      .from(0...epochs.upperBound) { "the learning rate waits \($0) epochs" }, scope: .run),
    Setting(
      "warmupEpochs", \.warmupEpochs, "warmup-epochs",
      "Let the learning rate rise during the first n epochs (default: 0).",
      .from(0...epochs.upperBound) { "the warm-up takes \($0) epochs" }, scope: .run),
    Setting(
      "steps", \.steps, "steps",
      "The length of a run on a text in steps, of windows that begin anywhere in it; it is measured some hundred steps apart (default: --epochs).",
      .atLeast(1) { "the run takes \($0) steps" }, scope: .run),
    Setting(
      "warmupSteps", \.warmupSteps, "warmup-steps",
      "Let the learning rate rise during the first n steps (default: 0).",
      .from(0...epochs.upperBound) { "the warm-up takes \($0) steps" }, scope: .run),
    Setting(
      "from", \.from, "from",
      "Begin with the parameters of another run, as far as their names and shapes are this model's, and with its normalization of pixels unless there is --normalize: to go on learning on other images.",
      placeholder: "checkpoint", scope: .run),
    Setting(recorded: "keepsNormalization", \.keepsNormalization),
    Setting(
      "patience", \.patience, "patience",
      "Stop when so many epochs bring nothing better on examples held out.",
      .atLeast(1) { "the patience is \($0) epochs" }, placeholder: "epochs", scope: .run),
  ]

  @Sendable static func units(_ text: String) throws -> [Int] {
    try whole(text, else: "layer sizes such as 100 or 200,100") { $0 > 0 }
  }

  @Sendable private static func milestones(_ text: String) throws -> [Int]? {
    try whole(text, else: "epochs such as 30 or 30,60") { _ in true }
  }

  private static func whole(_ text: String, else list: String, where isMeant: (Int) -> Bool) throws -> [Int] {
    guard let numbers = try? [Int](texts: [text]), numbers.allSatisfy(isMeant) else {
      throw SettingMisspelled("'\(text)' is no list of \(list).")
    }
    return numbers
  }

  @Sendable private static func columns(_ text: String) throws -> [String]? {
    let names = text.split(separator: ",").map(String.init)
    guard !names.isEmpty else { throw SettingMisspelled("'\(text)' names no column.") }
    return names
  }
}

extension RunConfiguration: Codable {
  /// Missing settings keep their defaults.
  init(from decoder: any Decoder) throws {
    self.init()
    let container = try decoder.container(keyedBy: SettingName.self)
    for setting in Self.table { try setting.decode(&self, from: container) }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: SettingName.self)
    for setting in Self.table { try setting.encode(self, to: &container) }
  }
}

extension FullyConnectedNet.Normalization: SettingValue {}
extension ResNet.Stem: RecordedValue {}
extension GPT.Arrangement: SettingValue {}
extension GPT.Positions: SettingValue {}
extension ViT.Pooling: SettingValue {}
extension GELU.Form: RecordedValue {}

extension BadFileAllowance: SettingValue {
  package static var placeholder: String { "n|n%" }

  package init(texts: [String]) throws {
    guard let allowance = texts.first.flatMap(BadFileAllowance.init(_:)) else {
      throw SettingMisspelled(
        "'\(texts.joined())' is neither a number of files nor a share of them such as 5%.")
    }
    self = allowance
  }
}
