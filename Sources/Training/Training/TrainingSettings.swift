public import Datasets
public import Tensors

/// The settings of a run, beyond its model, data, loss and optimizer.
public struct TrainingSettings: Sendable {
  /// Images per step.
  public var batchSize = 100

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

  /// True to check each kernel's results, and stop at the first NaN or infinity with its origin.
  ///
  /// Slow, but bitwise the same. Gradient overflows under loss scaling are no anomalies: such steps are
  /// skipped.
  public var detectsAnomalies = false

  public init() {}

  /// The number of training images among those that are not held out.
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

  func check(trainingCount: Int) throws(TrainingError) {
    guard batchSize > 0 else { throw .setting("the batch size is \(batchSize), but has to be at least 1") }
    guard batchSize <= trainingCount else {
      throw .setting(
        "the batch size \(batchSize) is larger than the training set of \(trainingCount) images; "
          + "choose at most \(trainingCount)")
    }
    guard augmentation.shift >= 0, augmentation.shift < 1 << 15 else {
      throw .setting(
        "images are shifted by up to \(augmentation.shift) pixels, but that has to be at least 0")
    }
    let measured = [accuracySamples, validationSamples, testSamples].compactMap { $0 }
    if let least = measured.min(), least < 1 {
      throw .setting("accuracy is measured on \(least) images, but that takes at least 1")
    }
    guard regularization.isFinite, regularization >= 0 else {
      throw .setting(
        "the regularization is \(regularization), but has to be a finite number that is not negative")
    }
    if let clipNorm, !(clipNorm.isFinite && clipNorm > 0) {
      throw .setting(
        "gradients are clipped to a norm of \(clipNorm), but that has to be a finite number above 0")
    }
    try lossScaling.check()
    if let weightScale, !(weightScale.isFinite && weightScale > 0) {
      throw .setting("the weight scale is \(weightScale), but has to be a finite number above 0")
    }
  }
}
