import Lemnos
import Wording

/// Images that a trained network is measured on, with labels as it has them.
struct MeasuredSet {
  let split: Trainer.Split
  let images: LabeledImages

  private init(_ split: Trainer.Split, _ images: LabeledImages) {
    (self.split, self.images) = (split, images)
  }

  /// What a run held out, and what its data set has to test on.
  static func all(of configuration: RunConfiguration, classNames: [String]) throws -> [MeasuredSet] {
    let data = try configuration.loadedData().matched(to: classNames, path: configuration.data)
    say(data.notes)
    let held = try data.parts(validation: configuration.validationSplit).validation
    let test = data.test.prefix(configuration.testSamples ?? .max)
    return [MeasuredSet(.validation, held), MeasuredSet(.test, test)].filter { $0.images.count > 0 }
  }

  /// Images that somebody named, made of the network's size where they are pictures.
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
    // Pictures are read in colour, whatever the network was trained on.
    let isGrey = try shape?.channels == 1 && Dataset.isImageFolder(nameOrPath)
    self.init(.test, isGrey ? set.images.inGrey() : set.images)
  }

  private static func say(_ notes: [String]) {
    for note in notes { Terminal.writeError("lemnos: \(note)\n") }
  }
}
