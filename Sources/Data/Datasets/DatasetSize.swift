/// The size of a data set, as needed for planning.
public struct DatasetSize: Hashable, Sendable {
  /// The size of each image.
  public let shape: ImageShape
  public let classes: Int
  /// Nil if unknown.
  public let trainingImages: Int?
  /// Nil if unknown, or if there is no separate validation set.
  public let validationImages: Int?
  /// Nil if unknown.
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

  /// The size of a data set, by its name or path.
  ///
  /// Reads only headers and labels of IDX files; CIFAR-10 has a fixed size; pictures are counted, including
  /// damaged ones.
  ///
  /// - Parameter imageSize: the side of images made from pictures.
  /// - Throws: `DatasetError`, as `Dataset.load` does, but not for problems of the images themselves.
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

  /// The size of a loaded set.
  init(of data: Dataset) {
    self.init(
      shape: data.shape, classes: data.classNames.count, trainingImages: data.training.count,
      validationImages: data.validation?.count, testImages: data.test.count)
  }
}
