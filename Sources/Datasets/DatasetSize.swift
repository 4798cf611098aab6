/// How large a data set is: all that planning needs to know of it.
public struct DatasetSize: Hashable, Sendable {
  /// The size of each image.
  public let shape: ImageShape
  public let classes: Int
  /// Nil where it is not known.
  public let trainingImages: Int?
  /// Nil where none are set apart for it, or where it is not known.
  public let validationImages: Int?
  /// Nil where it is not known.
  public let testImages: Int?

  public init(
    shape: ImageShape, classes: Int, trainingImages: Int? = nil, validationImages: Int? = nil,
    testImages: Int? = nil
  ) {
    self.shape = shape
    self.classes = classes
    self.trainingImages = trainingImages
    self.validationImages = validationImages
    self.testImages = testImages
  }

  /// The size of a data set by its name, or by where it lies.
  ///
  /// Of IDX files only headers and labels are read; CIFAR-10 has one size; pictures are counted, also those that are damaged.
  ///
  /// - Parameter imageSize: the side of images made of pictures.
  /// - Throws: `DatasetError`, as `Dataset.load` does, but not for what is wrong with the images.
  public init(
    of nameOrPath: String, imageSize: Int = Dataset.usualImageSize
  ) throws(DatasetError) {
    switch try Dataset.Place(of: nameOrPath) {
    case .bundled: self = try Dataset.bundledSize()
    case .idx(let files): self = try files.size()
    case .cifar10, .cifar10Archive:
      self.init(
        shape: CIFAR10.shape, classes: CIFAR10.standardClassNames.count,
        trainingImages: CIFAR10.trainingFiles.count * CIFAR10.recordsPerFile,
        testImages: CIFAR10.recordsPerFile)
    case .cifar100(let files): self.init(of: try files.dataset(.fine))
    case .cifarPython(let files): self.init(of: try files.dataset())
    case .arrays(let set): self.init(of: try set.dataset())
    case .pictures(let folder): self = try folder.size(imageSize)
    }
  }

  /// The size of what was read.
  init(of data: Dataset) {
    self.init(
      shape: data.shape, classes: data.classNames.count, trainingImages: data.training.count,
      validationImages: data.validation?.count, testImages: data.test.count)
  }
}
