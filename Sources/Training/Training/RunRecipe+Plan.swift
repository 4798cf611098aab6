import Datasets
import Layers
import Losses
import Optimizers
import Schedules
import Tensors

extension RunRecipe {
  /// The maximum batch size for a set of unknown size.
  static let mostImages = 1 << 16

  /// A run on images of which only the number and size are known: for planning only.
  ///
  /// For a set of unknown size: one batch, without evaluation.
  init(
    planFor model: any Layer, images: DatasetSize, loss: Loss, optimizer: any Optimizer,
    schedule: any Schedule, settings: TrainingSettings, seed: UInt64
  ) throws {
    try checkLearningRate(optimizer.learningRate)
    // A placeholder image, for statistics of pixels.
    let blank = try LabeledImages(
      pixels: [UInt8](repeating: 0, count: images.shape.count), labels: [0], shape: images.shape)
    (self.optimizer, self.schedule, self.settings, self.seed) = (optimizer, schedule, settings, seed)
    objective = Classification(model, classes: images.classes, loss: loss)
    states = settings.makeStates()
    preparation = ImagePreparation(
      normalizer: try PixelNormalizer(settings.normalization, of: blank), augmentation: settings.augmentation)
    others = [:]
    let fields = blank.fields
    guard let available = images.trainingImages else {
      guard (1...RunRecipe.mostImages).contains(settings.batchSize) else {
        throw TrainingError.setting(
          "the batch size is \(settings.batchSize), but has to be from 1 to \(RunRecipe.mostImages)")
      }
      try settings.check(trainingCount: settings.examplesPerStep)
      training = ExampleSet("training", count: settings.examplesPerStep, of: fields)
      self.settings.dataResidency = .resident
      return
    }
    // A separate validation set costs no training images.
    let own = images.validationImages.map { settings.validation.isNone ? 0 : $0 }
    let held = try own ?? settings.validation.count(of: available)
    let count = try settings.trainingCount(of: own == nil ? available - held : available)
    try settings.check(trainingCount: count)
    training = ExampleSet("training", count: count, of: fields)
    if held > 0 { others[.validation] = ExampleSet("validation", count: held, of: fields) }
    if let tested = images.testImages, tested > 0 {
      others[.test] = ExampleSet("test", count: tested, of: fields)
    }
  }
}
