import FoundationEssentials
import Lemnos
import MessagePassing
import Training

/// All settings that determine a run, except the backend.
///
/// Saved in its checkpoints. Each has a row in the table of settings.
@dynamicMemberLookup
struct RunConfiguration {
  enum Model: String, CaseIterable, SettingValue {
    case twoLayerNet = "two-layer-net"
    case fullyConnectedNet = "fully-connected-net"
    case threeLayerConvNet = "three-layer-convnet"
    case vgg11, vgg16, resnet18, resnet34, resnet50, resnet20, mobilenetv2, mlp, unet, autoencoder, gpt, vit,
      bert, lstm, gru

    /// True if it walks along texts with states.
    var isRecurrent: Bool { self == .lstm || self == .gru }

    /// True if the user chose the sizes of its hidden layers.
    var hasHiddenLayers: Bool {
      switch self {
      case .twoLayerNet, .fullyConnectedNet, .threeLayerConvNet, .mlp: true
      case .vgg11, .vgg16, .resnet18, .resnet34, .resnet50, .resnet20, .mobilenetv2, .unet, .autoencoder,
        .gpt, .vit, .bert, .lstm, .gru:
        false
      }
    }
  }

  enum Rule: String, CaseIterable, SettingValue {
    case sgd, momentum, nesterov, rmsprop, adam, adamw
  }

  var model = Model.twoLayerNet
  /// The sizes of the hidden layers; empty for a model without this choice.
  var hidden = [1024]
  /// The normalization between the layers of a fully-connected net.
  var normalization = FullyConnectedNet.Normalization.none
  /// The dropout probability of a fully-connected net's hidden units.
  var dropout = 0.0
  /// The sizes of a gpt, a vit, a bert, an lstm or a gru, whose layers are the blocks, and the tokens that a language model sees at once.
  var (blocks, heads, channels, context) = (4, 4, 128, 128)
  /// Nil for GPT-2's.
  var arrangement: GPT.Arrangement?
  /// Nil for as many as heads.
  var keyValueHeads: Int?
  /// The units of the MLP of a block; nil for the arrangement's usual number.
  var mlpWidth: Int?
  /// True if scores are by a matrix of their own.
  var isUntied = false
  /// Nil for the arrangement's.
  var positions: GPT.Positions?
  var leavesBiasesOut = false
  /// Of imported weights: true if blocks have biases that their arrangement leaves out.
  var hasAllBiases = false
  /// Of imported weights; nil for the usual ones.
  var (rotaryBase, normEpsilon): (Double?, Double?)
  /// The rows of a token table that has more than there are tokens; nil for as many.
  var tokenRows: Int?
  /// The side of a vit's patches in pixels; nil for the usual one.
  var patch: Int?
  /// What a vit tells classes from; nil for its class token.
  var pooling: ViT.Pooling?
  /// Of imported weights; nil for the exact one.
  var gelu: GELU.Form?
  /// An imported ResNet's stem, if it is not determined by the image size.
  var stem: ResNet.Stem?
  var data = Dataset.bundledName
  /// The task; nil for the one that follows from the network and the data.
  var task: Task?
  /// The target columns of a table.
  var target: [String]?
  /// The columns of a table that are not used as inputs.
  var leftOut: [String]?
  /// The columns of a table that are categorical although they look like numbers.
  var categorical: [String]?
  /// The member of JSON lines that holds a text; nil for the usual one.
  var textField: String?
  /// How a text becomes tokens: characters, bytes, bpe, or the path of a `tokenizer.json`; nil for characters.
  var tokenizer: String?
  /// True if no token looks at one of another document.
  var masksDocuments = false
  /// The tokens of a bpe that is trained; nil for the usual number.
  var vocabulary: Int?
  /// The grey level or colour of masks whose pixels count for nothing.
  var ignoredLabel: String?
  /// The side length that pictures in folders are resized to; nil for the default, and for other data.
  var imageSize: Int?
  /// The number of unreadable pictures that may be skipped; nil for the default.
  var allowBadFiles: BadFileAllowance?
  var epochs = 40
  var optimizer = Rule.momentum
  var learningRate = 0.01
  var learningRateDecay = 0.95
  /// Nil for what a run had before there was a choice: decay after each epoch.
  var schedule: ScheduleName?
  /// The length in epochs of a schedule with an end, whatever the run's length; nil for others.
  var scheduleEpochs: Int?
  /// The epochs after which a step schedule decays the learning rate.
  var milestones: [Int]?
  /// The interval in epochs of a step schedule.
  var decayEvery: Int?
  /// The epochs without improvement after which a plateau schedule decays the learning rate; nil for the
  /// default.
  var ratePatience: Int?
  var warmupEpochs: Int?
  /// The steps of the run, which are as many epochs as suit the text; nil for the length in epochs.
  var steps: Int?
  var warmupSteps: Int?
  /// The learning rate at the end of a cosine schedule; nil for 0.
  var finalLearningRate: Double?
  /// AdamW's decoupled weight decay, separate from the regularization.
  var weightDecay: Double?
  /// Adam's and AdamW's decay factors of the two averages; nil for the usual ones.
  var betas: [Double]?
  var labelSmoothing: Double?
  /// Nil for those of Lemnos.
  var conventions: Conventions?
  /// A fraction below 1, or a number of images.
  var validation = 0.1
  /// Epochs without a better accuracy after which the run stops; nil for none.
  var patience: Int?
  /// The checkpoint with the initial parameters; nil for none.
  var from: String?
  /// True if pixels are normalized by that checkpoint's statistics, not by those of the run's own images.
  var keepsNormalization: Bool?
  var seed: UInt64 = 231
  /// The trainer's settings; their members are members of this type too.
  var training = TrainingSettings()

  /// The limit on units: too large for the weights to fit in memory, and small enough that sizes do not
  /// overflow.
  private static let maximumUnits = 1_000_000

  init() {
    training.batchSize = 50
    training.regularization = 5e-3
  }

  subscript<Value>(dynamicMember path: WritableKeyPath<TrainingSettings, Value>) -> Value {
    get { training[keyPath: path] }
    set { training[keyPath: path] = newValue }
  }

  /// The transformation of image pixels before training.
  var pixels: Normalization {
    get { training.normalization }
    set { training.normalization = newValue }
  }

  /// - Parameter hidden: nil for the usual layers of a model that leaves them to the user.
  mutating func setModel(_ model: Model, hidden: [Int]?) {
    self.model = model
    self.hidden = hidden ?? (model.hasHiddenLayers ? self.hidden : [])
  }

  /// - Precondition: the model takes images.
  func makeModel(classes: Int) -> any Layer {
    switch model {
    case .twoLayerNet: TwoLayerNet(hidden: hidden[0], classes: classes)
    case .fullyConnectedNet:
      FullyConnectedNet(hidden: hidden, classes: classes, normalization: normalization, dropout: dropout)
    case .threeLayerConvNet: ThreeLayerConvNet(hidden: hidden[0], classes: classes)
    case .vgg11: VGG.vgg11(classes: classes)
    case .vgg16: VGG.vgg16(classes: classes)
    case .resnet18: ResNet.resNet18(classes: classes, stem: stem ?? .automatic)
    case .resnet34: ResNet.resNet34(classes: classes, stem: stem ?? .automatic)
    case .resnet50: ResNet.resNet50(classes: classes, stem: stem ?? .automatic)
    case .resnet20: ResNet.resNet20(classes: classes)
    case .mobilenetv2: MobileNetV2(classes: classes)
    case .vit:
      ViT(
        classes: classes, patch: patch ?? 4, blocks: blocks, heads: heads, channels: channels,
        mlpWidth: mlpWidth, pooling: pooling ?? .classToken, gelu: gelu ?? .exact,
        epsilon: normEpsilon ?? 1e-6, dropout: dropout)
    case .unet: UNet(classes: classes)
    case .autoencoder: Autoencoder()
    case .mlp: preconditionFailure("an mlp takes the fields of a table: it is made by TableTask")
    case .bert: preconditionFailure("a bert takes the tokens of texts: it is made by TextClassificationTask")
    case .gpt, .lstm, .gru:
      preconditionFailure("\(model.inWords) takes the tokens of a text: it is made by LanguageTask")
    }
  }

  /// - Throws: `Failure` for invalid settings.
  func check() throws {
    try checkModel()
    try checkTask()
    for setting in Self.table { try setting.check(self) }
    // What is too small is the trainer's to refuse: it knows the images.
    guard self.batchSize.magnitude <= Int32.max else {
      throw Failure("the batch size is \(self.batchSize), but has to be from 1 to \(Int32.max)", code: 64)
    }
    try checkSchedule()
    guard weightDecay == nil || optimizer == .adamw else {
      throw Failure(
        "weight decay apart from the loss is for --optimizer adamw; with \(optimizer.rawValue) use --reg",
        code: 64)
    }
    guard betas == nil || optimizer == .adam || optimizer == .adamw else {
      throw Failure("--betas are for --optimizer adam and adamw, not for \(optimizer.rawValue)", code: 64)
    }
    guard betas?.count ?? 2 == 2 else {
      throw Failure("--betas are two numbers, such as 0.9,0.99, not \(betas?.count ?? 0)", code: 64)
    }
    guard validation.isFinite, validation >= 0, validation < 1 || Int(exactly: validation) != nil else {
      throw Failure(
        "the validation set is \(validation): give a fraction below 1 or a number of images", code: 64)
    }
  }

  /// - Throws: `Failure` for sizes of which no network can be made.
  func checkModel() throws {
    if [.gpt, .vit, .bert].contains(model) { try checkHeads() }
    if model != .vit,
      let option = [("--patch", patch != nil), ("--pooling", pooling != nil)].first(where: \.1)?.0
    {
      throw Failure("\(option) is for a vit, and this is \(model.inWords): leave it out", code: 64)
    }
    guard !(model.hasHiddenLayers || model.isRecurrent) || self.recomputation != .blocks else {
      throw Failure(
        "\(model.inWords) has no blocks to compute again; --recompute is for a VGG or a ResNet, a gpt, a vit or a bert",
        code: 64)
    }
    guard
      model == .fullyConnectedNet
        || (normalization == .none
          && (dropout == 0 || [.mlp, .gpt, .vit, .bert, .lstm, .gru].contains(model)))
    else {
      throw Failure(
        "\(model.inWords) leaves no normalization or dropout to choose; use --model fully-connected-net",
        code: 64)
    }
    guard model.hasHiddenLayers else {
      guard hidden.isEmpty else {
        throw Failure("\(model.inWords) has no hidden layers to choose; leave --hidden out", code: 64)
      }
      return
    }
    guard hidden.allSatisfy({ $0 > 0 }), !hidden.isEmpty || model == .fullyConnectedNet || model == .mlp
    else {
      throw Failure("hidden layers of \(hidden) units cannot be made: give each at least 1", code: 64)
    }
    guard hidden.allSatisfy({ $0 <= RunConfiguration.maximumUnits }) else {
      throw Failure(
        "hidden layers of \(hidden) units are too large: give each at most \(RunConfiguration.maximumUnits)",
        code: 64)
    }
    guard model == .fullyConnectedNet || model == .mlp || hidden.count == 1 else {
      throw Failure(
        "\(model.inWords) has one hidden layer, not \(hidden.count); use --model fully-connected-net",
        code: 64)
    }
  }

  private func checkHeads() throws {
    guard heads > 0, channels.isMultiple(of: heads) else {
      throw Failure(
        "\(channels) channels cannot be shared by \(heads) heads: heads have to divide channels", code: 64)
    }
    if let keyValueHeads, !heads.isMultiple(of: keyValueHeads) {
      throw Failure(
        "\(heads) heads cannot share \(keyValueHeads) of keys and values: --key-value-heads has to divide --heads",
        code: 64)
    }
    let isRotary = positions.map { $0 == .rotary } ?? (arrangement == .llama)
    guard !isRotary || (channels / heads).isMultiple(of: 2) else {
      throw Failure(
        "rotary positions turn pairs of channels, but each of \(heads) heads has \(channels / heads) of \(channels): "
          + "choose --channels and --heads that leave an even number", code: 64)
    }
  }

  /// - Parameters:
  /// - data: replaces that of the configuration.
  /// - schedule: replaces that of the configuration.
  func makeTrainer(
    on backend: BackendChoice, with data: RunData? = nil, tuning: Tuning? = nil,
    residency: DataResidency = .automatic, schedule: (any Schedule)? = nil, detectingAnomalies: Bool = false,
    ranks: Communicator? = nil
  ) throws -> Trainer {
    try check()
    let data = try data ?? RunData(of: self)
    let isSilent = ranks.map { $0.rank > 0 } ?? false
    if !isSilent { for note in data.notes { Terminal.writeError("lemnos: \(note)\n") } }
    var settings = settings
    settings.dataResidency = residency
    settings.detectsAnomalies = detectingAnomalies
    let schedule = schedule ?? makeSchedule()
    let open = { (seed: UInt64, losses: Int) in
      try backend.open(seed: seed, tuning: tuning, losses: losses)
    }
    let trainer =
      switch data {
      case .images(let dataset):
        try Trainer(
          makeModel(classes: dataset.classNames.count), data: dataset, loss: makeLoss(),
          optimizer: makeOptimizer(), schedule: schedule, settings: settings, seed: seed, ranks: ranks,
          open: open)
      case .examples(let task):
        try Trainer(
          task.objective, training: task.training, validation: task.validation, test: task.test,
          preparation: task.preparation, optimizer: makeOptimizer(), schedule: schedule, settings: settings,
          seed: seed, ranks: ranks, open: open)
      }
    if !isSilent { for note in trainer.notes { Terminal.writeError("lemnos: \(note)\n") } }
    try trainer.check(epochs: epochs)
    return trainer
  }

  /// The run's images.
  func loadedData() throws -> Dataset {
    try Dataset.load(
      data, imageSize: imageSize ?? Dataset.usualImageSize, threads: Processor.usualThreads,
      allowingBadFiles: allowBadFiles ?? .usual)
  }

  /// - Parameter images: the size of the images; nil to look it up.
  func makePlan(on backend: BackendChoice, images: DatasetSize? = nil, predictingFor card: CardModel? = nil)
    throws
    -> StepPlan
  {
    try check()
    guard model.takes == .images else {
      guard images == nil else {
        throw Failure("\(model.inWords) is planned on the examples of --data; leave --input out", code: 64)
      }
      return try makePlanOfExamples(on: backend, predictingFor: card)
    }
    let images = try images ?? DatasetSize(of: data, imageSize: imageSize ?? Dataset.usualImageSize)
    return try StepPlan(
      of: makeModel(classes: images.classes), images: images, loss: makeLoss(), optimizer: makeOptimizer(),
      schedule: makeSchedule(), backend: backend, settings: settings, seed: seed, predictingFor: card)
  }

  /// For tasks other than the classification of images, whose networks follow from their data.
  private func makePlanOfExamples(on backend: BackendChoice, predictingFor card: CardModel?) throws
    -> StepPlan
  {
    guard case .examples(let task) = try RunData(of: self) else {
      preconditionFailure("classes of images have data of their own")
    }
    return try StepPlan(
      of: task.objective, training: task.training, validation: task.validation, test: task.test,
      preparation: task.preparation, optimizer: makeOptimizer(), schedule: makeSchedule(), backend: backend,
      settings: settings, seed: seed, predictingFor: card)
  }

  func makeLoss() -> Loss { .softmaxCrossEntropy(labelSmoothing: labelSmoothing ?? 0) }

  /// The number or fraction of the images that are held out for validation.
  var validationSplit: ValidationSplit { validation < 1 ? .fraction(validation) : .count(Int(validation)) }

  private var settings: TrainingSettings {
    var settings = training
    settings.validation = validationSplit
    (conventions ?? .lemnos).set(&settings)
    return settings
  }

  /// The configuration as stored in a checkpoint.
  var metadata: [String: String] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return [
        "lemnos.run": String(decoding: try encoder.encode(self), as: UTF8.self),
        "lemnos.version": LemnosVersion.current,
      ]
    }
  }

  /// The configuration of the run that wrote a checkpoint.
  init(of checkpoint: Checkpoint, path: String) throws {
    guard let text = checkpoint.metadata["lemnos.run"],
      let configuration = try? JSONDecoder().decode(
        RunConfiguration.self, from: FoundationEssentials.Data(text.utf8))
    else {
      throw CheckpointError(
        .unusable, path: path,
        "is a safetensors file, but not of a run of lemnos train; 'lemnos import' makes one of PyTorch's")
    }
    self = configuration
  }
}
