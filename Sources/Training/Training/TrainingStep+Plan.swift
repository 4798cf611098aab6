package import Datasets
package import Layers
import Losses
package import Optimizers
package import Programs
import Schedules
import Tensors

extension TrainingStep {
  /// The step of a model on images of which only the size is known: for inspection, not to be run.
  init(
    planFor model: any Layer, states: StateStore, input: ImageShape, classes: Int,
    optimizer: any Optimizer, settings: TrainingSettings
  ) throws {
    let blank = try LabeledImages(
      pixels: [UInt8](repeating: 0, count: input.count), labels: [0], shape: input)
    let set = ExampleSet("training", count: settings.examplesPerStep, of: blank.fields)
    try self.init(
      Classification(model, classes: classes), states: states,
      preparation: ImagePreparation(
        normalizer: PixelNormalizer(settings.normalization, of: blank), augmentation: settings.augmentation),
      optimizer: optimizer, schedule: ConstantRate(), data: .resident(set.resident(), set.fields),
      count: set.count, settings: settings, seed: 0)
  }
}

extension Program {
  /// The training step of a model for an image size, without images: for checks of its kernels.
  package static func trainingStep(
    of model: any Layer, input: ImageShape, classes: Int, optimizer: any Optimizer,
    settings: TrainingSettings = TrainingSettings()
  ) throws -> Program {
    try TrainingStep(
      planFor: model, states: settings.makeStates(), input: input, classes: classes, optimizer: optimizer,
      settings: settings
    ).program
  }
}
