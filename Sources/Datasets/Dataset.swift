import Wording

/// A classification data set: images to learn from, images to test on, and what the classes are called.
public struct Dataset: Sendable {
  /// What reports and checkpoints call it, such as "fashion-mnist".
  public let name: String
  public let training: LabeledImages
  /// For the final number only; choose settings on a part of `training` (see `LabeledImages.split`).
  public let test: LabeledImages
  /// The name of each class; a label is a position in it.
  public let classNames: [String]
  /// What a person should know of how it was read, in one sentence each: such as files that were skipped.
  public let notes: [String]

  /// Joins the parts of a data set.
  ///
  /// - Throws: `DatasetError` (`.unusable`) when a part has no images, when the two differ in their shape, or
  ///   when a label has no class name.
  public init(
    name: String, training: LabeledImages, test: LabeledImages, classNames: [String], notes: [String] = []
  ) throws(DatasetError) {
    guard training.count > 0, test.count > 0 else {
      throw DatasetError(
        .unusable,
        """
        \(name) has \(training.count.grouped) training images and \(test.count.grouped) test images: \
        both are needed
        """)
    }
    guard training.shape == test.shape else {
      throw DatasetError(
        .unusable,
        "\(name) has training images of \(training.shape), but test images of \(test.shape)")
    }
    try training.labels.check(classes: classNames.count, path: nil)
    try test.labels.check(classes: classNames.count, path: nil)
    self.name = name
    self.training = training
    self.test = test
    self.classNames = classNames
    self.notes = notes
  }

  /// The size of each image.
  public var shape: ImageShape { training.shape }
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
