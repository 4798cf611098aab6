import Lemnos
import Training

/// The task and the kind of data: the task follows from the network, and the default network from the data.
extension RunConfiguration {
  enum Task: String, CaseIterable, SettingValue {
    case classification, regression
    case multiLabel = "multi-label"
    case segmentation, reconstruction, language
    case textClassification = "text-classification"
  }

  /// The kind of examples that a network takes.
  enum DataKind {
    /// Images with a class each.
    case images
    /// Images with a class for each pixel.
    case masks
    /// Images that are reconstructed (autoencoder).
    case plainImages
    /// Rows of numbers and categories.
    case table
    /// Tokens of a text.
    case text
    /// Texts with a class each.
    case labeledTexts
  }

  /// The word for examples in messages.
  var noun: String {
    switch model.takes {
    case .table: "rows"
    case .text: "windows"
    case .labeledTexts: "texts"
    case .images, .masks, .plainImages: "images"
    }
  }

  /// Selects the network and its default settings for a task.
  ///
  /// - Parameter model: the network that was asked for.
  mutating func setTask(_ task: Task?, model: Model?) {
    if let task { self.task = task }
    let usual: Model? =
      switch task {
      case .segmentation: .unet
      case .reconstruction: .autoencoder
      case .language: .gpt
      case .textClassification: .bert
      case nil where TextDocuments.isNamed(data): .gpt
      case nil, .classification, .regression, .multiLabel: DataTable.isNamed(data) ? .mlp : nil
      }
    let chosen = model ?? usual ?? self.model
    guard chosen != self.model else { return }
    self.model = chosen
    if chosen == .vit {
      (optimizer, learningRate, self.regularization, self.batchSize) = (.adamw, 1e-3, 0, 64)
    }
    // Losses of these tasks have other scales than those of the assignment's networks, and so need other
    // learning rates.
    guard chosen.takes != .images else { return }
    (optimizer, learningRate, self.regularization) = (.adam, 1e-3, 0)
    hidden = chosen == .mlp ? [64, 64] : []
    // An image with masks is as many examples as it has pixels.
    if chosen == .unet { self.batchSize = 16 }
    if chosen.takes == .text || chosen == .bert { (optimizer, self.batchSize, epochs) = (.adamw, 32, 10) }
    if chosen.isRecurrent { (blocks, channels) = (2, 256) }
  }

  /// Throws if the network is not an image classifier.
  func checkClassifiesImages() throws {
    guard model.takes == .images else {
      throw Failure(
        "\(model.inWords) cannot be looked at by this command, which takes networks that tell classes of images",
        code: 64)
    }
  }

  /// - Throws: `Failure` if data, task and network do not match.
  func checkTask() throws {
    func failure(_ reason: String) -> Failure { Failure(reason, code: 64) }
    let isTable = DataTable.isNamed(data)
    let isLabeled = model.takes == .labeledTexts
    guard isTable == (model.takes == .table) || isLabeled else {
      throw failure(
        isTable
          ? "\(data) is a table, and \(model.inWords) takes images; --model mlp is for tables"
          : "an mlp takes tables such as houses.csv, and \(data) is none; other networks take images")
    }
    try checkText()
    guard isTable || ((isLabeled ? nil : target) ?? leftOut ?? categorical) == nil else {
      throw failure("--target, --leave-out and --categorical name columns of a table, and \(data) is none")
    }
    guard !isLabeled || target?.count ?? 1 == 1, !isLabeled || (leftOut ?? categorical) == nil else {
      throw failure("a bert tells one --target from one --text-field: leave other columns out")
    }
    guard !isTable || isLabeled || target?.isEmpty == false else {
      throw failure("which column of \(data) is to be told? Name it: --target price")
    }
    let tasks: [Task] =
      switch model.takes {
      case .images: [.classification]
      case .masks: [.segmentation]
      case .plainImages: [.reconstruction]
      case .table: [.regression, .classification, .multiLabel]
      case .text: [.language]
      case .labeledTexts: [.textClassification]
      }
    if task == .regression || task == .multiLabel, !isTable {
      throw failure(
        "\(task?.rawValue ?? "") takes a table, and \(data) is none: name one with --data, and what is told with --target"
      )
    }
    if let task, !tasks.contains(task) {
      throw failure(
        "\(model.inWords) is for \(tasks.map(\.rawValue).joined(separator: ", ")), not for \(task.rawValue)")
    }
    // The type of a table's target is known only when the table is read.
    if ![nil, .classification, .textClassification].contains(task)
      || [.masks, .plainImages, .text].contains(model.takes)
    {
      try checkHasNoClassOptions()
    }
    guard ignoredLabel == nil || model.takes == .masks else {
      throw failure("--ignore-label is for pixels of masks, and \(data) has none: leave it out")
    }
    if model.takes == .table, self.augmentation != .none {
      throw failure(
        "rows of a table cannot be flipped or shifted; leave --random-flip and --random-shift out")
    }
  }
}

extension RunConfiguration {
  /// Throws if a text is to be learned by another network, or options of texts are given for other data.
  private func checkText() throws {
    let (isText, isLabeled) = (model.takes == .text, model.takes == .labeledTexts)
    guard isText || isLabeled || !TextDocuments.isNamed(data) else {
      throw Failure(
        "\(data) is a text, and \(model.inWords) takes none; --model gpt, lstm and gru are for texts",
        code: 64)
    }
    let given = [
      ("--tokenizer", tokenizer != nil && !isLabeled), ("--vocabulary", vocabulary != nil && !isLabeled),
      ("--text-field", textField != nil && !isLabeled), ("--arrangement", arrangement != nil),
      ("--key-value-heads", keyValueHeads != nil), ("--untied", isUntied),
      ("--mlp-width", mlpWidth != nil && model != .vit && !isLabeled),
      ("--positions", positions != nil), ("--no-bias", leavesBiasesOut), ("--steps", steps != nil),
      ("--document-mask", masksDocuments),
    ]
    if !isText, let option = given.first(where: \.1)?.0 {
      throw Failure("\(option) is for a gpt on a text, and this is \(model.inWords): leave it out", code: 64)
    }
    if model.isRecurrent,
      let option = [
        ("--positions", positions != nil), ("--no-bias", leavesBiasesOut),
        ("--document-mask", masksDocuments),
      ].first(where: \.1)?.0
    {
      throw Failure("\(option) is for a gpt, and this is \(model.inWords): leave it out", code: 64)
    }
    guard vocabulary == nil || tokenizer == "bpe" || isLabeled && tokenizer ?? "wordpiece" == "wordpiece"
    else {
      throw Failure(
        "--vocabulary is for --tokenizer bpe; other tokenizers have as many tokens as they have", code: 64)
    }
    guard warmupSteps == nil || warmupEpochs == nil else {
      throw Failure("give --warmup-steps or --warmup-epochs, not both", code: 64)
    }
  }

  /// Throws if an option that needs a classification was given.
  func checkHasNoClassOptions() throws {
    let given = [
      ("--label-smoothing", labelSmoothing ?? 0 > 0), ("--class-weights", self.classWeights != nil),
      ("--sampling balanced", self.sampling == .balanced),
      ("--metrics", self.metrics != nil && model.takes != .masks),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw Failure(
        "\(option) is for a class of each example, and this is another task: leave it out", code: 64)
    }
  }
}

extension RunConfiguration.Model {
  /// With its article, for sentences: a resnet18, an mlp.
  var inWords: String { [.mlp, .autoencoder, .lstm].contains(self) ? "an \(rawValue)" : "a \(rawValue)" }

  var takes: RunConfiguration.DataKind {
    switch self {
    case .mlp: .table
    case .gpt, .lstm, .gru: .text
    case .bert: .labeledTexts
    case .unet: .masks
    case .autoencoder: .plainImages
    case .twoLayerNet, .fullyConnectedNet, .threeLayerConvNet, .vgg11, .vgg16, .resnet18, .resnet34,
      .resnet50,
      .resnet20, .mobilenetv2, .vit:
      .images
    }
  }
}
