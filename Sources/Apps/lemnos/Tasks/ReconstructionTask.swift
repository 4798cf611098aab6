import Lemnos
import Training

/// Autoencoding: images are reconstructed from a small latent code.
struct ReconstructionTask {
  let shape: ImageShape
  private let preparation: ImagePreparation
  private let objective: any Objective

  /// The name of the target field: pixels from 0 to 1.
  private static let target = "pixels"

  private init(_ shape: ImageShape, _ preparation: ImagePreparation, _ configuration: RunConfiguration) {
    (self.shape, self.preparation) = (shape, preparation)
    objective = Reconstruction(
      configuration.makeModel(classes: 0), input: LabeledImages.imagesField, target: Self.target)
  }

  /// - Throws: `CheckpointError` for a checkpoint without an image shape.
  init(of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration) throws {
    guard let shape = ModelIdentity.shape(in: checkpoint) else {
      throw CheckpointError(.unusable, path: path, "does not say what its images are")
    }
    self.init(shape, ImagePreparation(configuration.pixels, of: shape, plain: Self.target), configuration)
  }

  var saved: SavedTask {
    SavedTask(
      objective, preparation,
      inputs: [
        DataField(LabeledImages.imagesField, [shape.channels, shape.height, shape.width], dtype: .uint8)
      ],
      targets: [])
  }

  static func examples(_ configuration: RunConfiguration) throws -> ExampleTask {
    let dataset = try configuration.loadedData()
    let (training, validation) = try dataset.parts(validation: configuration.validationSplit)
    let preparation = try ImagePreparation(
      configuration.pixels, measuredOn: training.pixels, of: dataset.shape,
      augmentation: configuration.augmentation, plain: Self.target)
    let task = ReconstructionTask(dataset.shape, preparation, configuration)
    return ExampleTask(
      objective: task.objective, training: training, validation: validation, test: dataset.test,
      preparation: preparation,
      metadata: ModelIdentity(classNames: [], shape: dataset.shape).metadata, notes: dataset.notes)
  }
}
