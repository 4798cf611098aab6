extension Dataset {
  /// A data set in MNIST's four IDX files, a format shared by Fashion-MNIST, KMNIST, EMNIST and others.
  ///
  /// - Parameters:
  ///   - path: the folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
  ///     `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, plain or with `.gz`, or under equivalent
  ///     names (`IDXFiles`).
  ///   - classNames: the class names. Without them MNIST and Fashion-MNIST, recognised by their first
  ///     labels, and EMNIST, recognised by its file names, get their own; for any other set the names are the
  ///     labels that occur.
  /// - Returns: the set, named "mnist" or "fashion-mnist" if it is recognised, else "idx".
  /// - Throws: `DatasetError`: `.missing` if the folder or one of the files does not exist, `.unusable` if
  ///   a file is damaged or the files are inconsistent.
  public static func idx(in path: String, classNames: [String]? = nil) throws(DatasetError) -> Dataset {
    try IDXFiles(in: Directory(path)).dataset(classNames: classNames)
  }
}

extension IDXFiles {
  func dataset(classNames: [String]?) throws(DatasetError) -> Dataset {
    let classes = try IDXClasses(
      training: IDX.labels(trainingLabels.stream()), test: IDX.labels(testLabels.stream()), of: self,
      named: classNames)
    let training = try IDX.labeledImages(
      images: trainingImages.stream(), labels: classes.training, path: "\(trainingLabels.path)")
    let test = try IDX.labeledImages(
      images: testImages.stream(), labels: classes.test, path: "\(testLabels.path)")
    return try Dataset(
      name: classes.known?.rawValue ?? "idx", training: training, test: test, classNames: classes.names)
  }

  func size() throws(DatasetError) -> DatasetSize {
    let classes = try IDXClasses(
      training: IDX.labels(trainingLabels.stream()), test: IDX.labels(testLabels.stream()), of: self,
      named: nil)
    let (training, test) = (
      try IDX.imageSize(trainingImages.stream()), try IDX.imageSize(testImages.stream())
    )
    return DatasetSize(
      shape: training.shape, classes: classes.names.count, trainingImages: training.count,
      testImages: test.count)
  }
}

/// The class names of IDX files, and the labels as indices into them.
struct IDXClasses {
  let names: [String]
  let training: [Int32]
  let test: [Int32]
  let known: KnownIDX?

  init(
    training: [UInt8], test: [UInt8], of files: IDXFiles, named names: [String]?
  ) throws(DatasetError) {
    known = KnownIDX.allCases.first { training.starts(with: $0.firstLabels) }
    if let fixed = names ?? known?.classNames {
      // As many labels as names, counted from 1.
      let first =
        training.contains(0) || test.contains(0) || training.max().map(Int.init) != fixed.count ? 0 : 1
      self.names = fixed
      self.training = training.map { Int32($0) - Int32(first) }
      self.test = test.map { Int32($0) - Int32(first) }
      try self.training.check(classes: fixed.count, path: "\(files.trainingLabels.path)")
      try self.test.check(classes: fixed.count, path: "\(files.testLabels.path)")
      return
    }
    let labels = [training, test].map { $0.map(Int.init) }
    let classes = try NumberedClasses(of: labels, path: "\(files.trainingLabels.path)")
    let letters = KnownIDX.emnistNames(stem: files.stem)
    self.names = letters.flatMap { $0.numbers == classes.numbers ? $0.names : nil } ?? classes.names
    (self.training, self.test) = (classes.labels(labels[0]), classes.labels(labels[1]))
  }
}

/// Sets recognised by content, because their files all have the same names.
enum KnownIDX: String, CaseIterable {
  case mnist
  case fashionMNIST = "fashion-mnist"

  static let digits = (0...9).map(String.init)

  /// The labels of the first training images.
  var firstLabels: [UInt8] {
    switch self {
    case .mnist: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7]
    case .fashionMNIST: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9]
    }
  }

  var classNames: [String] {
    switch self {
    case .mnist: Self.digits
    case .fashionMNIST:
      [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
      ]
    }
  }

  /// The class names of EMNIST's sets, recognised by file names such as "emnist-letters-train-…".
  ///
  /// - SeeAlso: Cohen, Afshar, Tapson & van Schaik 2017, arXiv:1702.05373, and the mappings that come with the files.
  static func emnistNames(stem: String) -> (numbers: [Int], names: [String])? {
    let (upper, lower) = (
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init), "abcdefghijklmnopqrstuvwxyz".map(String.init)
    )
    let names: [String]
    switch stem {
    case "emnist-letters-": return (Array(1...26), upper)
    case "emnist-digits-", "emnist-mnist-": names = digits
    case "emnist-byclass-": names = digits + upper + lower
    // Letters that look alike in upper and lower case are one class.
    case "emnist-balanced-", "emnist-bymerge-": names = digits + upper + "abdefghnqrt".map(String.init)
    default: return nil
    }
    return (Array(names.indices), names)
  }
}
