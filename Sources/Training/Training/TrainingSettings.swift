public import Datasets
public import Tensors

// A setting that commands and files have, too, is a property here and a row of the table below it.

/// How a run goes, beyond its model, data, loss and optimizer.
public struct TrainingSettings: Sendable {
  /// Examples in a batch.
  public var batchSize = 100

  /// The batches of a step, whose gradients are averaged: so a step takes the memory of one batch.
  ///
  /// Layers see one batch at a time, so that batch normalization is by the statistics of each.
  public var accumulation = 1

  /// The equal parts of each batch, computed one by one or by several processes; nil for batches that are computed whole.
  ///
  /// Their gradients are added in a fixed tree, so that any number of processes gives the same bits.
  /// Layers see one part at a time, so that batch normalization is by the statistics of each; running statistics are
  /// the means over the parts.
  public var microBatches: Int?

  /// True to take batch statistics over the micro-batches that several processes compute at the same time, instead of each by itself.
  public var syncsBatchNorm = false

  /// The format to which gradients of large parameters are rounded where those of micro-batches are added.
  public var gradientPrecision = GradientPrecision.float32

  /// True if each of several processes keeps the optimizer state of some parameters only, updates these, and gives them
  /// to the others.
  public var shardsOptimizer = false

  /// Examples of a step.
  public var examplesPerStep: Int { batchSize * accumulation }

  /// The strength λ of the L2 penalty ½ λ Σ w².
  public var regularization = 0.0

  /// The parameters subject to the penalty.
  public var regularizationScope = WeightDecayScope.weights

  /// The place where the penalty acts.
  public var regularizationPlace = RegularizationPlace.loss

  /// The maximum global norm of the gradients, to which larger ones are clipped; nil for none.
  ///
  /// The gradient of a penalty in the loss is included; a penalty on the gradients is added after clipping.
  public var clipNorm: Double?

  /// The greatest size of an element of a gradient, to which larger ones are cut, before norms are looked at; nil for
  /// any.
  public var clipValue: Double?

  /// The decay d of an exponential moving average of the parameters, a ← d a + (1 − d) w after each step; nil for none.
  ///
  /// The model's parameters are then the averages: they are measured, kept as best, saved and exported. What is trained
  /// are the optimizer's copies w.
  public var ema: Double?

  /// The standard deviation of all initial weights; nil for √(2 / fan-in).
  public var weightScale: Double?

  /// The estimate of batch normalization's running variance.
  public var runningVariance = VarianceEstimate.biased

  /// The format to which the operands of matrix products and convolutions are rounded, in the forward and
  /// backward pass.
  ///
  /// Parameters, sums, statistics, losses and optimizer state stay in float32.
  public var precision = Precision.float32

  /// The parts of the model that are recomputed in the backward pass, to save memory.
  public var recomputation = Recomputation.none

  /// The loss scaling for float16; other precisions have float32's range and need none.
  public var lossScaling = LossScaling()

  /// The normalization of pixels.
  public var normalization = Normalization.standardized

  /// The part of the training images held out to choose the best parameters.
  public var validation = ValidationSplit.fraction(0.1)

  /// Train on the first images only; nil for all that are not held out.
  public var trainingSamples: Int?

  /// The sampling of each step's images from the training set.
  public var sampling = Sampling.shuffled

  /// The weights of classes in the loss; nil for equal weights.
  ///
  /// Custom objectives have their own: `Classification.classWeights`.
  public var classWeights: ClassWeights?

  /// The metrics of a classification, the first of which selects the best epoch; nil for the accuracy, of pixels their
  /// IoU too.
  ///
  /// Custom objectives have their own: `Classification.metrics`.
  public var metrics: [ClassificationMetric]?

  /// The location of the images.
  public var dataResidency = DataResidency.automatic

  /// The augmentation of training images.
  public var augmentation = Augmentation.none

  /// The number of training images in the evaluation of an epoch: the first ones.
  public var accuracySamples = 1000

  /// The number of validation images in the evaluation of an epoch: the first ones; nil for all.
  public var validationSamples: Int?

  /// The number of test images in the evaluation: the first ones; nil for all.
  public var testSamples: Int?

  /// The metric that selects the best epoch; nil for the objective's.
  public var monitored: Monitored?

  /// Parameters and statistics that are not updated, by name patterns with *: `layer1.*`.
  public var frozen: [String] = []

  /// Low-rank adaptation: the model's own parameters stay as they are, and small ones beside its weights are trained; nil for
  /// training the model itself.
  ///
  /// Running statistics are measured on, as by any run.
  public var lora: LoRA?

  /// The weights that are adapted, by patterns of their names or of their layers' with *: `*attention*`; none for all of
  /// dense layers, convolutions in one group, and inputs of recurrent layers.
  public var loraTargets: [String] = []

  /// The model's own parameters that are trained beside adapters, by patterns with *: `head.*`.
  public var loraTrained: [String] = []

  /// True to check each kernel's results, and stop at the first NaN or infinity with its origin.
  ///
  /// Slow, but bitwise the same. Gradient overflows under loss scaling are no anomalies: such steps are
  /// skipped.
  public var detectsAnomalies = false

  public init() {}

  /// Those that commands and files have: options, names in files, and what they may be.
  package static let table: [Setting<TrainingSettings>] = [
    // How many there are is seen with the data.
    Setting("batchSize", \.batchSize, "batch-size", "Images or rows per step (default: 50; of a unet 16)."),
    Setting(
      "accumulation", \.accumulation, "accumulate",
      "Take n batches for a step, with the mean of their gradients: a large batch in the memory of a small one (default: 1).",
      .from(1...1 << 16) { "a step takes \($0) batches" }),
    Setting(
      "microBatches", \.microBatches, "micro-batches",
      "Compute each batch in n equal parts, and add their gradients in a fixed tree: any number of ranks shares them, and has the same bits (default: one for each rank; none without).",
      .from(1...1 << 12) { "a batch is computed in \($0) parts" }),
    Setting(
      "syncsBatchNorm", \.syncsBatchNorm, "sync-batch-norm",
      "Batch normalization of several ranks takes the statistics of what all of them compute at the same time, the whole batch unless there are more micro-batches than ranks."
    ),
    Setting(
      "gradientPrecision", \.gradientPrecision, "gradient-precision",
      "Round gradients of large parameters to this format where those of micro-batches are added: bf16 halves what ranks send each other (default: float32)."
    ),
    Setting(
      "shardsOptimizer", \.shardsOptimizer, "shard-optimizer",
      "Each of several ranks keeps the optimizer's state of its share of the parameters only, and updates these for all: less memory, the same bits."
    ),
    Setting(
      "regularization", \.regularization, "reg",
      "Strength of the L2 penalty on weights (default: 0.005; 0 with adamw, and of an mlp, unet or autoencoder).",
      .notNegative { "the regularization is \($0)" }),
    Setting(
      "clipNorm", \.clipNorm, "clip-norm", "Scale gradients down to this norm, all together.",
      .aboveZero { "gradients are clipped to a norm of \($0)" }),
    Setting(
      "clipValue", \.clipValue, "clip-value", "Cut each element of the gradients to at most this size.",
      .aboveZero { "gradients are cut to a size of \($0)" }),
    Setting(
      "ema", \.ema, "ema",
      "Keep an exponential moving average of the parameters with this decay, such as 0.999: it is what is measured, kept as best and exported (default: none).",
      .belowOne { "the decay of the average of parameters is \($0)" }),
    Setting(
      "classWeights", \.classWeights, "class-weights",
      "What examples of each class count in the loss: balanced, all classes alike, or a number for each class in their order (default: all examples alike)."
    ),
    Setting(
      "metrics", \.metrics, "metrics",
      "What is measured of a classification, the first of which decides which epoch is the best: accuracy, top5 or of any other number, precision, recall, f1, iou, auc, perplexity (default: accuracy; of masks iou,accuracy).",
      placeholder: "name,…"),
    Setting(
      "precision", \.precision, "precision",
      "Round the operands of products to this format; parameters and sums stay in float32 (default: float32)."
    ),
    Setting(
      "recomputation", \.recomputation, "recompute",
      "Compute the blocks of a VGG or a ResNet again in the backward pass, which saves memory and takes time: gradient checkpointing (default: none)."
    ),
    Setting(
      "pixels", \.normalization, "normalize",
      "Subtract the mean image, and divide by the standard deviation or not; or both channel by channel (default: standardized)."
    ),
    Setting("trainingSamples", \.trainingSamples, "train-samples", "Train on the first n images only."),
    Setting(
      "sampling", \.sampling, "sampling",
      "Draw the examples of a step from a new order each epoch, from all of them each time, or each class equally often (default: shuffled)."
    ),
    Setting(recorded: "augmentation", \.augmentation),
    Setting(nil, \.augmentation.horizontalFlip, "random-flip", "Mirror training images at random."),
    Setting(
      nil, \.augmentation.shift, "random-shift",
      "Shift training images at random by up to n pixels each way (default: 0).",
      .from(0...(1 << 15) - 1) { "images are shifted by up to \($0) pixels" }),
    Setting(
      "weightScale", \.weightScale, "weight-scale",
      "Standard deviation of the first weights (default: √(2 / inputs)).",
      .aboveZero { "the weight scale is \($0)" }, scope: .run),
    Setting(
      "accuracySamples", \.accuracySamples, "accuracy-samples",
      "Training examples to measure an epoch on (default: 1000).",
      .atLeast(1) { "accuracy is measured on \($0) images" }, scope: .run),
    Setting(
      "validationSamples", \.validationSamples, "validation-samples",
      "Held-out examples to measure an epoch on (default: all).",
      .atLeast(1) { "accuracy is measured on \($0) images" }, scope: .run),
    Setting(recorded: "testSamples", \.testSamples, .atLeast(1) { "accuracy is measured on \($0) images" }),
    Setting(
      "frozen", \.frozen, "freeze",
      "Leave parameters and statistics of these names as they are; * stands for anything: 'layer1.*'.",
      placeholder: "names", form: .words, scope: .run),
    Setting(
      "lora", \.lora, "lora",
      "Leave the network as it is, and train a product of two small matrices beside each weight, of this rank and times alpha / rank; dora learns each output's magnitude apart (default: the network itself is trained)."
    ),
    Setting(
      "loraTargets", \.loraTargets, "lora-target",
      "Weights that --lora adapts, by their names or their layers', where * stands for anything: '*attention*' (default: of all dense layers and convolutions).",
      placeholder: "names", form: .words),
    Setting(
      "loraTrained", \.loraTrained, "lora-train",
      "Parameters of the network that are trained beside --lora: 'head.*' (default: none).",
      placeholder: "names", form: .words),
  ]

  /// How many of the images that are not held out are trained on.
  ///
  /// - Throws: `TrainingError.setting` if there are fewer.
  func trainingCount(of available: Int) throws(TrainingError) -> Int {
    guard let trainingSamples else { return available }
    guard (1...available).contains(trainingSamples) else {
      throw .setting(
        "\(trainingSamples) training samples were asked for, but there are 1 to \(available) to choose from")
    }
    return trainingSamples
  }

  /// The same settings with micro-batches as batches, of which as many are taken for a step.
  ///
  /// - Throws: `TrainingError.setting` if batches cannot be cut so.
  func inMicroBatches(ranks: Int) throws(TrainingError) -> TrainingSettings {
    guard let microBatches else {
      guard ranks == 1 else {
        throw .setting("\(ranks) ranks need micro-batches to share, and the settings have none")
      }
      return self
    }
    guard microBatches >= 1, batchSize % microBatches == 0 else {
      throw .setting(
        "a batch of \(batchSize) has no \(microBatches) equal micro-batches; choose a batch size that \(microBatches) divides"
      )
    }
    guard microBatches * accumulation >= ranks else {
      throw .setting(
        "\(ranks) ranks share \(microBatches * accumulation) micro-batches: give each at least one, by --micro-batches"
      )
    }
    guard !syncsBatchNorm || (microBatches * accumulation).isMultiple(of: ranks) else {
      throw .setting(
        "\(ranks) ranks share statistics of \(microBatches * accumulation) micro-batches: give each as many, by --micro-batches"
      )
    }
    var settings = self
    settings.batchSize /= microBatches
    settings.accumulation *= microBatches
    return settings
  }

  func check(trainingCount: Int) throws(TrainingError) {
    guard batchSize > 0 else { throw .setting("the batch size is \(batchSize), but has to be at least 1") }
    for setting in TrainingSettings.table { try setting.check(self) }
    guard accumulation == 1 || examplesPerStep <= trainingCount else {
      throw .setting(
        "\(accumulation) batches of \(batchSize) are more than the training set of \(trainingCount) examples; choose fewer"
      )
    }
    guard batchSize <= trainingCount else {
      throw .setting(
        "the batch size \(batchSize) is larger than the training set of \(trainingCount) examples; "
          + "choose at most \(trainingCount)")
    }
    try lossScaling.check()
    try checkLoRA()
  }

  func checkLoRA() throws(TrainingError) {
    guard let lora else {
      if let pattern = (loraTargets + loraTrained).first {
        throw .setting(
          "'\(pattern)' is for a low-rank adaptation, and there is none: give its rank, by --lora rank=8")
      }
      return
    }
    // A value that was made in a program has seen no parser.
    do throws(LoRA.Misspelled) { _ = try LoRA(lora.description) } catch { throw .setting(error.description) }
  }

  /// A store for the states of the model that is trained.
  func makeStates() -> StateStore {
    StateStore(lora: lora, targets: loraTargets.isEmpty ? ["*"] : loraTargets)
  }
}

extension LoRA: SettingValue {
  package static var placeholder: String { "rank=n,alpha=x[,dora]" }

  package init(texts: [String]) throws {
    do { try self.init(texts.joined()) } catch { throw SettingMisspelled(error.description) }
  }
}

extension Augmentation: RecordedValue {}
extension Normalization: SettingValue {}
extension GradientPrecision: SettingValue {}
extension Precision: SettingValue {}
extension Recomputation: SettingValue {}
extension Sampling: SettingValue {}
