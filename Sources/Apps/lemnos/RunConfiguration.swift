import FoundationEssentials
import Lemnos

/// All settings that determine a run, except the backend.
///
/// Saved in its checkpoints.
struct RunConfiguration: Codable, Equatable {
  enum Model: String, Codable, CaseIterable {
    case twoLayerNet = "two-layer-net"
    case fullyConnectedNet = "fully-connected-net"
    case threeLayerConvNet = "three-layer-convnet"
    case vgg11, vgg16, resnet18, resnet34, resnet50, resnet20, mobilenetv2, mlp, unet, autoencoder

    /// The list of names for the help of options.
    static let names = allCases.map(\.rawValue).joined(separator: "|")

    /// True if the user chooses the sizes of its hidden layers.
    var hasHiddenLayers: Bool {
      switch self {
      case .twoLayerNet, .fullyConnectedNet, .threeLayerConvNet, .mlp: true
      case .vgg11, .vgg16, .resnet18, .resnet34, .resnet50, .resnet20, .mobilenetv2, .unet, .autoencoder:
        false
      }
    }
  }

  enum Rule: String, Codable, CaseIterable {
    case sgd, momentum, nesterov, rmsprop, adam, adamw

    /// The list of names for the help of options.
    static let names = allCases.map(\.rawValue).joined(separator: "|")
  }

  var model = Model.twoLayerNet
  /// The sizes of the hidden layers; empty for a model without this choice.
  var hidden = [1024]
  /// The normalization between the layers of a fully-connected net.
  var normalization = FullyConnectedNet.Normalization.none
  /// The dropout probability of a fully-connected net's hidden units.
  var dropout = 0.0
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
  /// The side length that pictures in folders are resized to; nil for the default, and for other data.
  var imageSize: Int?
  /// The number of unreadable pictures that may be skipped; nil for the default.
  var allowBadFiles: BadFileAllowance?
  var epochs = 40
  var batchSize = 50
  var optimizer = Rule.momentum
  var learningRate = 0.01
  var learningRateDecay = 0.95
  var regularization = 5e-3
  var weightScale: Double?
  /// Nil for the former default: exponential decay after each epoch.
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
  /// AdamW's decoupled weight decay, separate from the regularization.
  var weightDecay: Double?
  var clipNorm: Double?
  var labelSmoothing: Double?
  /// The weight of each class in the loss; nil for equal weights.
  var classWeights: ClassWeights?
  /// Nil for Lemnos's.
  var conventions: Conventions?
  /// Nil for float32, the former default.
  var precision: Precision?
  /// The activation checkpointing strategy; nil for none.
  var recomputation: Recomputation?
  var pixels = Normalization.standardized
  /// A fraction below 1, or a number of images.
  var validation = 0.1
  var trainingSamples: Int?
  var sampling = Sampling.shuffled
  var augmentation = Augmentation.none
  /// The number of training images for an epoch's training accuracy.
  var accuracySamples = 1000
  /// The number of validation images for an epoch's accuracy; nil for all.
  var validationSamples: Int?
  /// The number of test images of the final evaluation; nil for all.
  var testSamples: Int?
  /// The early-stopping patience in epochs; nil for none.
  var patience: Int?
  /// The checkpoint with the initial parameters; nil for none.
  var from: String?
  /// True if pixels are normalized by that checkpoint's statistics, not by those of the run's own images.
  var keepsNormalization: Bool?
  /// Name patterns of the frozen parameters and statistics; * matches anything.
  var frozen: [String]?
  var seed: UInt64 = 231

  /// The limit on units: too large for the weights to fit in memory, and small enough that sizes do not
  /// overflow.
  private static let maximumUnits = 1_000_000

  /// - Parameter hidden: nil for the default layers of a model with this choice.
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
    case .unet: UNet(classes: classes)
    case .autoencoder: Autoencoder()
    case .mlp: preconditionFailure("an mlp takes the fields of a table: it is made by TableTask")
    }
  }

  /// - Throws: `Failure` for invalid settings.
  func check() throws {
    try checkModel()
    try checkTask()
    guard dropout >= 0, dropout < 1 else {
      throw Failure("the dropout rate is \(dropout), but has to be from 0 up to 1", code: 64)
    }
    if let imageSize, !Dataset.imageSizes.contains(imageSize) {
      throw Failure(
        "the image size is \(imageSize), but has to be from \(Dataset.imageSizes.lowerBound) to "
          + "\(Dataset.imageSizes.upperBound)", code: 64)
    }
    // A lower bound is checked by the trainer, which knows the images.
    guard batchSize.magnitude <= Int32.max else {
      throw Failure("the batch size is \(batchSize), but has to be from 1 to \(Int32.max)", code: 64)
    }
    try checkSchedule()
    try checkPatience()
    guard weightDecay == nil || optimizer == .adamw else {
      throw Failure(
        "weight decay apart from the loss is for --optimizer adamw; with \(optimizer.rawValue) use --reg",
        code: 64)
    }
    if let weightDecay, !(weightDecay.isFinite && weightDecay >= 0) {
      throw Failure(
        "the weight decay is \(weightDecay), but has to be a finite number that is not negative", code: 64)
    }
    if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
      throw Failure("the label smoothing is \(labelSmoothing), but has to be from 0 up to 1", code: 64)
    }
    guard validation.isFinite, validation >= 0, validation < 1 || Int(exactly: validation) != nil else {
      throw Failure(
        "the validation set is \(validation): give a fraction below 1 or a number of images", code: 64)
    }
  }

  private func checkModel() throws {
    guard !model.hasHiddenLayers || recomputation != .blocks else {
      throw Failure(
        "\(model.inWords) has no blocks to compute again; --recompute is for a VGG or a ResNet", code: 64)
    }
    guard model == .fullyConnectedNet || (normalization == .none && (dropout == 0 || model == .mlp)) else {
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

  /// - Parameters:
  /// - data: replaces that of the configuration.
  /// - schedule: replaces that of the configuration.
  func makeTrainer(
    on backend: BackendChoice, with data: RunData? = nil, tuning: Tuning? = nil,
    residency: DataResidency = .automatic, schedule: (any Schedule)? = nil, detectingAnomalies: Bool = false
  ) throws -> Trainer {
    try check()
    let data = try data ?? RunData(of: self)
    for note in data.notes { Terminal.writeError("lemnos: \(note)\n") }
    var settings = settings
    settings.dataResidency = residency
    settings.detectsAnomalies = detectingAnomalies
    let schedule = schedule ?? makeSchedule()
    let trainer =
      switch data {
      case .images(let dataset):
        try Trainer(
          makeModel(classes: dataset.classNames.count), data: dataset, loss: makeLoss(),
          optimizer: makeOptimizer(), schedule: schedule, backend: backend, tuning: tuning,
          settings: settings,
          seed: seed)
      case .examples(let task):
        try Trainer(
          task.objective, training: task.training, validation: task.validation, test: task.test,
          preparation: task.preparation, optimizer: makeOptimizer(), schedule: schedule, backend: backend,
          tuning: tuning, settings: settings, seed: seed)
      }
    for note in trainer.notes { Terminal.writeError("lemnos: \(note)\n") }
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
    try checkClassifiesImages()
    let images = try images ?? DatasetSize(of: data, imageSize: imageSize ?? Dataset.usualImageSize)
    return try StepPlan(
      of: makeModel(classes: images.classes), images: images, loss: makeLoss(), optimizer: makeOptimizer(),
      schedule: makeSchedule(), backend: backend, settings: settings, seed: seed, predictingFor: card)
  }

  func makeLoss() -> Loss { .softmaxCrossEntropy(labelSmoothing: labelSmoothing ?? 0) }

  /// The number or fraction of the images that are held out for validation.
  var validationSplit: ValidationSplit { validation < 1 ? .fraction(validation) : .count(Int(validation)) }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batchSize
    settings.regularization = regularization
    settings.weightScale = weightScale
    settings.clipNorm = clipNorm
    settings.precision = precision ?? .float32
    settings.recomputation = recomputation ?? .none
    settings.normalization = pixels
    settings.validation = validationSplit
    settings.trainingSamples = trainingSamples
    settings.sampling = sampling
    settings.classWeights = classWeights
    settings.augmentation = augmentation
    settings.accuracySamples = accuracySamples
    settings.validationSamples = validationSamples
    settings.testSamples = testSamples
    settings.frozen = frozen ?? []
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

  init() {}
}
