public import Datasets
public import Tensors

/// How a run goes, beyond its model, data, loss and optimizer.
public struct TrainingSettings: Sendable {
  /// Images per step.
  public var batchSize = 100

  /// The strength λ of the L2 penalty ½ λ Σ w².
  public var regularization = 0.0

  /// Which parameters the penalty is on.
  public var regularizationScope = WeightDecayScope.weights

  /// Where the penalty acts.
  public var regularizationPlace = RegularizationPlace.loss

  /// The greatest norm of all gradients together to which longer ones are scaled down; nil for any.
  ///
  /// The gradient of a penalty in the loss counts; one that is added to the gradients is added afterwards.
  public var clipNorm: Double?

  /// The standard deviation of all initial weights; nil for √(2 / fan-in).
  public var weightScale: Double?

  /// Which variance batch normalization keeps a running mean of.
  public var runningVariance = VarianceEstimate.biased

  /// The format to which the operands of matrix products and convolutions are rounded, forwards and backwards.
  ///
  /// Parameters, sums, statistics, losses and the optimizer stay in float32.
  public var precision = Precision.float32

  /// Which parts of the model are computed again in the backward pass, to save memory.
  public var recomputation = Recomputation.none

  /// How the loss is scaled where the precision is float16; others have float32's range and need none.
  public var lossScaling = LossScaling()

  /// What becomes of the pixels before the model sees them.
  public var normalization = Normalization.standardized

  /// Which part of the training images is held out to choose the best parameters.
  public var validation = ValidationSplit.fraction(0.1)

  /// Train on the first images only; nil for all that are not held out.
  public var trainingSamples: Int?

  /// How each step's images are drawn from the training set.
  public var sampling = Sampling.shuffled

  /// What images of each class count in the loss; nil for all the same.
  ///
  /// An objective of one's own has its own: `Classification.classWeights`.
  public var classWeights: ClassWeights?

  /// Where the images are kept.
  public var dataResidency = DataResidency.automatic

  /// How training images are changed each time they are seen.
  public var augmentation = Augmentation.none

  /// How many training images the accuracy of an epoch is measured on: the first ones.
  public var accuracySamples = 1000

  /// How many of the images held out the accuracy of an epoch is measured on: the first ones; nil for all.
  public var validationSamples: Int?

  /// How many test images are measured: the first ones; nil for all.
  public var testSamples: Int?

  /// By which number the best epoch is chosen; nil for the objective's.
  public var monitored: Monitored?

  /// Parameters and statistics that stay as they are, by name, in which * stands for anything: `layer1.*`.
  public var frozen: [String] = []

  /// Whether each kernel's results are looked at, and the first NaN or infinity stops the run with the name of who made it.
  ///
  /// Slow, and with the same bits. Gradients that overflow where the loss is scaled are none: such steps are skipped.
  public var detectsAnomalies = false

  public init() {}

  /// How many of the images that are not held out are trained on.
  ///
  /// - Throws: `TrainingError.setting` if more are asked for than there are.
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
