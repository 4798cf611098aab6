import Wording

/// A classification data set: images to learn from, images to test on, and what the classes are called.
public struct Dataset: Sendable {
  /// What reports and checkpoints call it, such as "fashion-mnist".
  public let name: String
  public let training: LabeledImages
  /// To choose settings on; nil where a part of `training` is to be held out for that (see `parts`).
  public let validation: LabeledImages?
  /// For the final number only; choose settings on a part of `training` (see `LabeledImages.split`).
  public let test: LabeledImages
  /// The name of each class; a label is a position in it.
  public let classNames: [String]
  /// All files of a folder of pictures, by what they are; none for other sets.
  public let contents: [FileCount]
  /// What a person should know of how it was read, in one sentence each: such as files that were skipped.
  public let notes: [String]

  /// Joins the parts of a data set.
  ///
  /// - Throws: `DatasetError` (`.unusable`) when a part has no images, when the two differ in their shape, or
  ///   when a label has no class name.
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
  /// The images to train on, and those to choose settings on: the set's own, or the last of the former.
  ///
  /// - Parameter amount: none turns off also those that are the set's own; any other amount leaves them whole.
  /// - Throws: `DatasetError` (`.unusable`) when the amount, of the training images, is negative or leaves nothing to train on.
  public func parts(
    validation amount: ValidationSplit
  ) throws(DatasetError) -> (training: LabeledImages, validation: LabeledImages) {
    guard let validation else { return try training.split(validation: amount) }
    return (training, amount.isNone ? validation.prefix(0) : validation)
  }
}

extension [Int32] {
  /// Throws when one of these labels is not a class, naming the first.
  func check(classes: Int, path: String?) throws(DatasetError) {
    guard let index = firstIndex(where: { $0 < 0 || $0 >= classes }) else { return }
    throw DatasetError(
      .unusable, path: path,
      "image \(index.grouped) has the label \(Int(self[index]).grouped), but there are \(classes.grouped) classes (from 0)"
    )
  }
}
