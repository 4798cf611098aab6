/// Images to measure a trained network on: what a data set has for testing, or all of what was gathered for nothing else.
///
/// A label is a position in this set's own class names. They may be others than the network's, or in another order: match
/// them by name.
public struct EvaluationSet: Sendable {
  /// What reports call it, such as "fashion-mnist".
  public let name: String
  public let images: LabeledImages
  /// The name of each class; a label is a position in it.
  public let classNames: [String]
  /// What a person should know of how it was read, in one sentence each: such as files that were skipped.
  public let notes: [String]

  init(name: String, images: LabeledImages, classNames: [String], notes: [String]) {
    (self.name, self.images, self.classNames, self.notes) = (name, images, classNames, notes)
  }

  /// A data set by its name, or by where it lies, as `Dataset.load` finds it.
  ///
  /// Of one with a part to test on it is that part; `test/class/name.jpg` needs no training part beside it, and of
  /// `class/name.jpg` it is all pictures.
  ///
  /// - Parameters:
  ///   - imageSize: the side of images made of pictures; other sets have a size of their own.
  ///   - threads: how many read pictures; nil for one for each core of the machine.
  ///   - badFiles: how many pictures may be skipped because they cannot be read.
  /// - Throws: `DatasetError`, as `Dataset.load` does; also `.unusable` when no image is left.
  public static func load(
    _ nameOrPath: String, imageSize: Int = Dataset.usualImageSize, threads: Int? = nil,
    allowingBadFiles badFiles: BadFileAllowance = .usual
  ) throws(DatasetError) -> EvaluationSet {
    let set =
      switch try Dataset.Place(of: nameOrPath, threads: threads) {
      case .pictures(let folder):
        try folder.readForEvaluation(size: imageSize, threads: threads, allowing: badFiles)
      case .arrays(let arrays): try arrays.evaluationSet()
      case .bundled, .idx, .cifar10, .cifar10Archive, .cifar100, .cifarPython:
        try EvaluationSet(testOf: Dataset.load(nameOrPath))
      }
    guard set.images.count > 0 else {
      throw DatasetError(.unusable, path: nameOrPath, "there is no image in it to measure on")
    }
    return set
  }

  init(testOf data: Dataset) {
    self.init(name: data.name, images: data.test, classNames: data.classNames, notes: data.notes)
  }
}
