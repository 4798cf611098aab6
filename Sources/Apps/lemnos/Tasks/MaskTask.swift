import Lemnos
import Training

/// Semantic segmentation: a class for each pixel of an image.
struct MaskTask {
  let classNames: [String]
  let shape: ImageShape
  private let preparation: ImagePreparation
  private let objective: any Objective

  private init(
    _ classNames: [String], _ shape: ImageShape, _ preparation: ImagePreparation,
    _ configuration: RunConfiguration
  ) {
    (self.classNames, self.shape, self.preparation) = (classNames, shape, preparation)
    objective = PixelClassification(
      configuration.makeModel(classes: classNames.count), classes: classNames.count,
      input: MaskedImages.imagesField, label: MaskedImages.masksField,
      ignoring: configuration.ignoredLabel == nil ? nil : MaskedImages.ignored,
      metrics: configuration.metrics ?? [.iou, .accuracy])
  }

  /// - Throws: `CheckpointError` for a checkpoint without class names or image shape.
  init(of checkpoint: Checkpoint, path: String, _ configuration: RunConfiguration) throws {
    guard let shape = ModelIdentity.shape(in: checkpoint),
      let names = ModelIdentity.classNames(in: checkpoint)
    else {
      throw CheckpointError(.unusable, path: path, "does not say what its images and classes are")
    }
    self.init(names, shape, ImagePreparation(configuration.pixels, of: shape), configuration)
  }

  var saved: SavedTask {
    SavedTask(
      objective, preparation,
      inputs: [
        DataField(MaskedImages.imagesField, [shape.channels, shape.height, shape.width], dtype: .uint8)
      ],
      targets: [DataField(MaskedImages.masksField, [shape.height, shape.width], dtype: .uint8)])
  }

  static func examples(_ configuration: RunConfiguration, _ checkpoint: Checkpoint?) throws -> ExampleTask {
    let pairs = try folder(
      configuration.data, configuration, classNames: checkpoint.flatMap(ModelIdentity.classNames))
    let preparation = try ImagePreparation(
      configuration.pixels, measuredOn: pairs.training.bytes(ofField: 0) ?? [],
      of: pairs.training.shape,
      augmentation: configuration.augmentation, masks: MaskedImages.masksField)
    let task = MaskTask(pairs.classNames, pairs.training.shape, preparation, configuration)
    return ExampleTask(
      objective: task.objective, training: pairs.training, validation: pairs.validation, test: pairs.test,
      preparation: preparation,
      metadata: ModelIdentity(classNames: pairs.classNames, shape: pairs.training.shape).metadata,
      notes: pairs.notes
        + ["the classes of masks are \(pairs.classNames.map { "'\($0)'" }.joined(separator: ", "))"])
  }

  static func folder(
    _ path: String, _ configuration: RunConfiguration, classNames: [String]?
  ) throws -> MaskFolder {
    try MaskFolder(
      in: path, size: configuration.imageSize ?? Dataset.usualImageSize, classNames: classNames,
      ignoring: configuration.ignoredLabel,
      threads: Processor.usualThreads)
  }
}
