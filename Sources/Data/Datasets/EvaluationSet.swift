/// Images for evaluating a trained network: the test set of a data set, or a whole set.
///
/// Labels are indices into this set's own class names, which may differ from the network's, or in order:
/// match them by name.
public struct EvaluationSet: Sendable {
  /// The name in reports, such as "fashion-mnist".
  public let name: String
  public let images: LabeledImages
  /// The class names; labels are indices into it.
  public let classNames: [String]
  /// Sentences for the user about how it was read, such as skipped files.
  public let notes: [String]

  init(name: String, images: LabeledImages, classNames: [String], notes: [String]) {
    (self.name, self.images, self.classNames, self.notes) = (name, images, classNames, notes)
  }

  /// A data set by its name or path, as `Dataset.load` finds it.
  ///
  /// If there is a test set, that is used; `test/class/name.jpg` needs no training set beside it, and of
  /// `class/name.jpg` all pictures are used.
  ///
  /// - Parameters:
  ///   - imageSize: the side of images made from pictures; other sets have a fixed size.
  ///   - threads: the number of threads that read pictures; nil for one per core.
  ///   - badFiles: the number of unreadable pictures that may be skipped.
  /// - Throws: `DatasetError`, as `Dataset.load` does; also `.unusable` if no image is left.
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
