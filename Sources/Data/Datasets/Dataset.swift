import Wording

/// A classification data set: training images, test images, and class names.
public struct Dataset: Sendable {
  /// The name in reports and checkpoints, such as "fashion-mnist".
  public let name: String
  public let training: LabeledImages
  /// For choosing settings; nil if a part of `training` is to be held out for that (see `parts`).
  public let validation: LabeledImages?
  /// For the final evaluation only; choose settings on a part of `training` (see `LabeledImages.split`).
  public let test: LabeledImages
  /// The class names; labels are indices into it.
  public let classNames: [String]
  /// All files of a folder of pictures, by kind; empty for other sets.
  public let contents: [FileCount]
  /// Sentences for the user about how it was read, such as skipped files.
  public let notes: [String]

  /// Joins the parts of a data set.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if a part has no images, if shapes differ, or if a label has no
  ///   class name.
  public init(
    name: String, training: LabeledImages, validation: LabeledImages? = nil, test: LabeledImages,
    classNames: [String], contents: [FileCount] = [], notes: [String] = []
  ) throws(DatasetError) {
    guard training.count > 0, test.count > 0 else {
      throw DatasetError(
        .unusable,
        """
        \(name) has \(training.count.grouped) training images and \(test.count.grouped) test images: \
        both are needed
        """)
    }
    for (part, images) in [("test", test), ("validation", validation)] {
      guard let images else { continue }
      guard training.shape == images.shape else {
        throw DatasetError(
          .unusable, "\(name) has training images of \(training.shape), but \(part) images of \(images.shape)"
        )
      }
      try images.labels.check(classes: classNames.count, path: nil)
    }
    try training.labels.check(classes: classNames.count, path: nil)
    self.name = name
    self.training = training
    self.validation = validation
    self.test = test
    self.classNames = classNames
    self.contents = contents
    let single =
      classNames.count == 1
      ? ["there is a single class, \(classNames[0]): with nothing to tell apart, nothing is learned"] : []
    self.notes = notes + single.filter { !notes.contains($0) }
  }

  /// The size of each image.
  public var shape: ImageShape { training.shape }
}

extension Dataset {
  /// The training images, and the validation images: the set's own, or the last of the training images.
  ///
  /// - Parameter amount: zero disables also the set's own; any other amount leaves them whole.
  /// - Throws: `DatasetError` (`.unusable`) if the amount is negative or leaves no training images.
  public func parts(
    validation amount: ValidationSplit
  ) throws(DatasetError) -> (training: LabeledImages, validation: LabeledImages) {
    guard let validation else { return try training.split(validation: amount) }
    return (training, amount.isNone ? validation.prefix(0) : validation)
  }
}

extension [Int32] {
  /// Throws for the first label that is no class.
  func check(classes: Int, path: String?) throws(DatasetError) {
    guard let index = firstIndex(where: { $0 < 0 || $0 >= classes }) else { return }
    throw DatasetError(
      .unusable, path: path,
      "image \(index.grouped) has the label \(Int(self[index]).grouped), but there are \(classes.grouped) classes (from 0)"
    )
  }
}
