import Lemnos
import Wording

/// Images to evaluate a trained network on, with labels in the network's class order.
struct MeasuredSet {
  let split: Trainer.Split
  let images: LabeledImages

  private init(_ split: Trainer.Split, _ images: LabeledImages) {
    (self.split, self.images) = (split, images)
  }

  /// The validation and test images of a run.
  static func all(of configuration: RunConfiguration, classNames: [String]) throws -> [MeasuredSet] {
    let data = try configuration.loadedData().matched(to: classNames, path: configuration.data)
    say(data.notes)
    let held = try data.parts(validation: configuration.validationSplit).validation
    let test = data.test.prefix(configuration.testSamples ?? .max)
    return [MeasuredSet(.validation, held), MeasuredSet(.test, test)].filter { $0.images.count > 0 }
  }

  /// Images named by the user, resized to the network's input if they are picture files.
  init(
    of nameOrPath: String, for file: Checkpoint, _ configuration: RunConfiguration, classNames: [String]
  ) throws {
    let shape = ModelIdentity.shape(in: file)
    let side = shape.flatMap {
      $0.height == $0.width && Dataset.imageSizes.contains($0.height) ? $0.height : nil
    }
    let set = try EvaluationSet.load(
      nameOrPath, imageSize: configuration.imageSize ?? side ?? Dataset.usualImageSize,
      threads: Processor.usualThreads, allowingBadFiles: configuration.allowBadFiles ?? .usual
    ).matched(to: classNames, path: nameOrPath)
    Self.say(set.notes)
    // Picture files are decoded in colour, also for a network trained on grey images.
    let isGrey = try shape?.channels == 1 && Dataset.isImageFolder(nameOrPath)
    self.init(.test, isGrey ? set.images.inGrey() : set.images)
  }

  private static func say(_ notes: [String]) {
    for note in notes { Terminal.writeError("lemnos: \(note)\n") }
  }
}
