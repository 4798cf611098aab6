import ArgumentParser
import Lemnos

/// The options that determine a training step: the network, its images, the loss and the optimizer.
///
/// Numeric options are parsed unconditionally, so that a negative number gets an error message of its own.
struct StepOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network (default: two-layer-net; of a table mlp, by --task unet or autoencoder).",
      valueName: RunConfiguration.Model.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Model.self) })
  var model: RunConfiguration.Model?

  @Option(
    help: ArgumentHelp(
      "Units of each hidden layer, of the nets that leave them open (default: 1024; of an mlp 64,64).",
      valueName: "n,n,…"),
    transform: StepOptions.units)
  var hidden: [Int]?

  @Option(
    help: ArgumentHelp(
      "Normalization of a fully-connected net's hidden layers (default: none).", valueName: "none|batch|layer"
    ),
    transform: { try Spelling.parse($0, as: FullyConnectedNet.Normalization.self) })
  var normalization: FullyConnectedNet.Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Probability of dropping a hidden unit of a fully-connected net or an mlp (default: 0).", valueName: "x"
    ))
  var dropout: Double?

  @Option(
    help: ArgumentHelp(
      "A data set's name, or a folder or archive of IDX files, CIFAR-10, CIFAR-100, numpy's arrays (.npz) or pictures, class/name.jpg; a table, houses.csv; a folder of images and one of masks (default: fashion-mnist-small).",
      valueName: "name|path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "What is learned (default: what the data are: a class of each image, numbers or categories of a table).",
      valueName: RunConfiguration.Task.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Task.self) })
  var task: RunConfiguration.Task?

  @Option(
    help: ArgumentHelp("The columns of a table that are told.", valueName: "column,…"),
    transform: StepOptions.columns)
  var target: [String]?

  @Option(
    help: ArgumentHelp("Columns of a table that are not gone by.", valueName: "column,…"),
    transform: StepOptions.columns)
  var leaveOut: [String]?

  @Option(
    help: ArgumentHelp(
      "Columns of a table that are categories although they look like numbers.", valueName: "column,…"),
    transform: StepOptions.columns)
  var categorical: [String]?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Pictures of a folder are scaled to n×n pixels by their shorter side and cut to their middle (default: \(Dataset.usualImageSize)).",
      valueName: "n"))
  var imageSize: Int?

  @OptionGroup var badFiles: BadFileOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images or rows per step (default: 50; of a unet 16).", valueName: "n"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "The update rule (default: momentum; of an mlp, unet or autoencoder adam).",
      valueName: RunConfiguration.Rule.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Rule.self) })
  var optimizer: RunConfiguration.Rule?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The first learning rate (default: 0.01; of an mlp, unet or autoencoder 0.001).", valueName: "x"))
  var learningRate: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the L2 penalty on weights (default: 0.005; 0 with adamw, and of an mlp, unet or autoencoder).",
      valueName: "x"))
  var reg: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How strongly adamw shrinks weights (default: 0.01).", valueName: "x"))
  var weightDecay: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Scale gradients down to this norm, all together.", valueName: "x"))
  var clipNorm: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Part of each label that is spread over all classes (default: 0).", valueName: "x"))
  var labelSmoothing: Double?

  @Option(
    help: ArgumentHelp(
      "What examples of each class count in the loss: balanced, all classes alike, or a number for each class in their order (default: all examples alike).",
      valueName: "balanced|x,x,…"),
    transform: StepOptions.weights)
  var classWeights: ClassWeights?

  @Option(
    help: ArgumentHelp(
      "pytorch: keep unbiased running variances, multiply velocities by the learning rate when they are used, and let all parameters decay (default: lemnos).",
      valueName: RunConfiguration.Conventions.names),
    transform: { try Spelling.parse($0, as: RunConfiguration.Conventions.self) })
  var conventions: RunConfiguration.Conventions?

  @Option(
    help: ArgumentHelp(
      "Round the operands of products to this format; parameters and sums stay in float32 (default: float32).",
      valueName: Precision.names),
    transform: { try Spelling.parse($0, as: Precision.self) })
  var precision: Precision?

  @Option(
    help: ArgumentHelp(
      "Compute the blocks of a VGG or a ResNet again in the backward pass, which saves memory and takes time: gradient checkpointing (default: none).",
      valueName: "none|blocks"),
    transform: { try Spelling.parse($0, as: Recomputation.self) })
  var recompute: Recomputation?

  @Option(
    help: ArgumentHelp(
      "Subtract the mean image, and divide by the standard deviation or not; or both channel by channel (default: standardized).",
      valueName: "mean|standardized|per-channel"),
    transform: { try Spelling.parse($0, as: Normalization.self) })
  var normalize: Normalization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Training images to hold out: a fraction or a number (default: 0.1). Data with a part of its own for validation uses that, unless this is 0.",
      valueName: "x"))
  var validation: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("Train on the first n images only.", valueName: "n"))
  var trainSamples: Int?

  @Option(
    help: ArgumentHelp(
      "Draw the examples of a step from a new order each epoch, from all of them each time, or each class equally often (default: shuffled).",
      valueName: "shuffled|with-replacement|balanced"),
    transform: { try Spelling.parse($0, as: Sampling.self) })
  var sampling: Sampling?

  @Flag(help: "Mirror training images at random.")
  var randomFlip = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Shift training images at random by up to n pixels each way (default: 0).", valueName: "n"))
  var randomShift: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Decides all random numbers (default: 231).", valueName: "n"))
  var seed: UInt64?

  static func units(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let units = Int(part), units > 0 else {
        throw ValidationError("'\(text)' is no list of layer sizes such as 100 or 200,100.")
      }
      return units
    }
  }

  private static func weights(_ text: String) throws -> ClassWeights {
    if text == "balanced" { return .balanced }
    return .values(
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let weight = Double(part) else {
          throw ValidationError("'\(text)' is neither balanced nor a list of numbers such as 1,2.5.")
        }
        return weight
      })
  }

  private static func columns(_ text: String) throws -> [String] {
    let names = text.split(separator: ",").map(String.init)
    guard !names.isEmpty else { throw ValidationError("'\(text)' names no column.") }
    return names
  }

  /// Applies the given options to a configuration.
  ///
  /// - Throws: `ValidationError` for an image size where the data have their own.
  func set(_ configuration: inout RunConfiguration) throws {
    if let data { configuration.data = data }
    configuration.setTask(task, model: model)
    configuration.setModel(configuration.model, hidden: hidden)
    if let target { configuration.target = target }
    if let leaveOut { configuration.leftOut = leaveOut }
    if let categorical { configuration.categorical = categorical }
    if let normalization { configuration.normalization = normalization }
    if let dropout { configuration.dropout = dropout }
    configuration.imageSize = imageSize
    if let allowed = badFiles.allowBadFiles { configuration.allowBadFiles = allowed }
    if let batchSize { configuration.batchSize = batchSize }
    if let optimizer { configuration.optimizer = optimizer }
    if let learningRate { configuration.learningRate = learningRate }
    // AdamW implies decoupled weight decay, so there is no L2 penalty in the loss by default.
    configuration.regularization = reg ?? (optimizer == .adamw ? 0 : configuration.regularization)
    if let weightDecay { configuration.weightDecay = weightDecay }
    if let clipNorm { configuration.clipNorm = clipNorm }
    if let labelSmoothing { configuration.labelSmoothing = labelSmoothing }
    if let classWeights { configuration.classWeights = classWeights }
    if let conventions { configuration.conventions = conventions }
    if let precision { configuration.precision = precision }
    if let recompute { configuration.recomputation = recompute }
    if let normalize { configuration.pixels = normalize }
    if let validation { configuration.validation = validation }
    if let trainSamples { configuration.trainingSamples = trainSamples }
    if let sampling { configuration.sampling = sampling }
    if randomFlip { configuration.augmentation.horizontalFlip = true }
    if let randomShift { configuration.augmentation.shift = randomShift }
    if let seed { configuration.seed = seed }
    if imageSize != nil, configuration.model.takes != .masks, try !Dataset.isImageFolder(configuration.data) {
      throw ValidationError("--image-size is for a folder of pictures; \(configuration.data) has its own.")
    }
  }

  /// Each option and whether it was given, without the location of the data, which is not a property of a
  /// run.
  var isGiven: [(name: String, isGiven: Bool)] {
    [
      ("--model", model != nil), ("--hidden", hidden != nil), ("--task", task != nil),
      ("--target", target != nil), ("--leave-out", leaveOut != nil), ("--categorical", categorical != nil),
      ("--normalization", normalization != nil), ("--dropout", dropout != nil),
      ("--image-size", imageSize != nil), ("--allow-bad-files", badFiles.allowBadFiles != nil),
      ("--batch-size", batchSize != nil),
      ("--optimizer", optimizer != nil),
      ("--learning-rate", learningRate != nil), ("--reg", reg != nil),
      ("--weight-decay", weightDecay != nil), ("--clip-norm", clipNorm != nil),
      ("--label-smoothing", labelSmoothing != nil), ("--conventions", conventions != nil),
      ("--class-weights", classWeights != nil),
      ("--precision", precision != nil),
      ("--recompute", recompute != nil), ("--normalize", normalize != nil),
      ("--validation", validation != nil),
      ("--train-samples", trainSamples != nil), ("--sampling", sampling != nil),
      ("--random-flip", randomFlip), ("--random-shift", randomShift != nil), ("--seed", seed != nil),
    ]
  }
}
