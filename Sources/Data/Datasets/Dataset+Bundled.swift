import CBundledData

extension Dataset {
  /// The set bundled with every program: 6,000 training and 1,000 test images of Fashion-MNIST, 1×28×28.
  ///
  /// The first 600 and 100 of each of the ten classes, in the order of the published files.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if the program itself is damaged.
  /// - SeeAlso: Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747, and `bundledLicense`.
  public static func bundled() throws(DatasetError) -> Dataset {
    let names = KnownIDX.fashionMNIST.classNames
    let training = try IDX.labeledImages(
      images: stream(bundledTrainingImages(), IDXFiles.trainingImages),
      labels: stream(bundledTrainingLabels(), IDXFiles.trainingLabels), classes: names.count)
    let test = try IDX.labeledImages(
      images: stream(bundledTestImages(), IDXFiles.testImages),
      labels: stream(bundledTestLabels(), IDXFiles.testLabels), classes: names.count)
    return try Dataset(name: bundledName, training: training, test: test, classNames: names)
  }

  /// Its size.
  static func bundledSize() throws(DatasetError) -> DatasetSize {
    let training = try IDX.imageSize(stream(bundledTrainingImages(), IDXFiles.trainingImages))
    return DatasetSize(
      shape: training.shape, classes: KnownIDX.fashionMNIST.classNames.count, trainingImages: training.count,
      testImages: try IDX.imageSize(stream(bundledTestImages(), IDXFiles.testImages)).count)
  }

  /// The name of the bundled set, also on the command line.
  public static let bundledName = "fashion-mnist-small"

  /// The authors of the bundled images, and their MIT licence.
  public static var bundledLicense: String {
    let file = CBundledData.bundledLicense()
    return String(decoding: UnsafeBufferPointer(start: file.start, count: file.count), as: UTF8.self)
  }

  private static func stream(_ file: BundledFile, _ name: String) throws(DatasetError) -> ByteStream {
    let bytes = UnsafeBufferPointer(start: file.start, count: file.count)
    return try ByteStream(Array(bytes), path: "bundled \(name)")
  }
}
