/// How large a data set is: all that planning needs to know of it.
public struct DatasetSize: Hashable, Sendable {
  /// The size of each image.
  public let shape: ImageShape
  public let classes: Int
  /// Nil where it is not known.
  public let trainingImages: Int?
  /// Nil where it is not known.
  public let testImages: Int?

  public init(shape: ImageShape, classes: Int, trainingImages: Int? = nil, testImages: Int? = nil) {
    self.shape = shape
    self.classes = classes
    self.trainingImages = trainingImages
    self.testImages = testImages
  }

  /// The size of a data set by its name, or by where it lies.
  ///
  /// Of IDX files only the headers are read; CIFAR-10 has one size; pictures are counted, also those that are damaged.
  ///
  /// - Parameter imageSize: the side of images made of pictures.
  /// - Throws: `DatasetError`, as `Dataset.load` does, but not for what is wrong with the images.
  public init(
    of nameOrPath: String, imageSize: Int = Dataset.usualImageSize
  ) throws(DatasetError) {
    switch try Dataset.Place(of: nameOrPath) {
    case .bundled: self = try Dataset.bundledSize()
    case .idx(let path):
      let files = try IDXFiles(in: Folder(path))
      self = try DatasetSize(
        training: IDX.imageSize(ByteStream(path: files.trainingImages)),
        test: IDX.imageSize(ByteStream(path: files.testImages)))
    case .cifar10:
      self.init(
        shape: CIFAR10.shape, classes: CIFAR10.standardClassNames.count,
        trainingImages: CIFAR10.trainingFiles.count * CIFAR10.recordsPerFile,
        testImages: CIFAR10.recordsPerFile)
    case .pictures(let folder): self = try folder.size(imageSize)
    }
  }

  /// Of IDX files, whose classes are ten.
  init(training: (count: Int, shape: ImageShape), test: (count: Int, shape: ImageShape)) {
    self.init(
      shape: training.shape, classes: KnownIDX.digits.count, trainingImages: training.count,
      testImages: test.count)
  }
}
