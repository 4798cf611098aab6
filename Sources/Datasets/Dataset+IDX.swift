extension Dataset {
  /// A data set in the four files of MNIST, which Fashion-MNIST, KMNIST and others share.
  ///
  /// - Parameters:
  ///   - path: the folder that holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
  ///     `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each as it is or with `.gz`.
  ///   - classNames: what the classes are called. Without it they are ten: Fashion-MNIST, which is known by its
  ///     first labels, gets the names of its garments, any other set the digits.
  /// - Returns: the set, named "mnist" or "fashion-mnist" where it is known for one of them, else "idx".
  /// - Throws: `DatasetError`: `.missing` when the folder or one of the files is not there, `.unusable` when a
  ///   file is damaged or the files do not fit together.
  public static func idx(in path: String, classNames: [String]? = nil) throws(DatasetError) -> Dataset {
    let files = try IDXFiles(in: Folder(path))
    let classes = classNames?.count ?? 10
    let training = try IDX.labeledImages(
      images: ByteStream(path: files.trainingImages), labels: ByteStream(path: files.trainingLabels),
      classes: classes)
    let test = try IDX.labeledImages(
      images: ByteStream(path: files.testImages), labels: ByteStream(path: files.testLabels),
      classes: classes)
    let known = KnownIDX.allCases.first { training.labels.starts(with: $0.firstLabels) }
    return try Dataset(
      name: known?.rawValue ?? "idx", training: training, test: test,
      classNames: classNames ?? known?.classNames ?? KnownIDX.digits)
  }
}

/// The four files' paths in a folder.
struct IDXFiles {
  static let trainingImages = "train-images-idx3-ubyte"
  static let trainingLabels = "train-labels-idx1-ubyte"
  static let testImages = "t10k-images-idx3-ubyte"
  static let testLabels = "t10k-labels-idx1-ubyte"
  static let names = [trainingImages, trainingLabels, testImages, testLabels]

  let trainingImages: String
  let trainingLabels: String
  let testImages: String
  let testLabels: String

  /// - Throws: `DatasetError` (`.missing`), naming every file that is not there.
  init(in folder: Folder) throws(DatasetError) {
    try folder.demandExistence()
    let missing = Self.names.filter { Self.path(of: $0, in: folder) == nil }
    guard let trainingImages = Self.path(of: Self.trainingImages, in: folder),
      let trainingLabels = Self.path(of: Self.trainingLabels, in: folder),
      let testImages = Self.path(of: Self.testImages, in: folder),
      let testLabels = Self.path(of: Self.testLabels, in: folder)
    else {
      throw DatasetError(
        .missing, path: folder.path,
        "the IDX files \(missing.joined(separator: ", ")) are not in it, neither so nor with .gz")
    }
    self.trainingImages = trainingImages
    self.trainingLabels = trainingLabels
    self.testImages = testImages
    self.testLabels = testLabels
  }

  /// The plain file before the packed one, for it is the faster one to read.
  static func path(of name: String, in folder: Folder) -> String? {
    [name, name + ".gz"].first(where: folder.holds).map(folder.path(of:))
  }
}

/// Sets that are told apart by what they hold, for their files all have the same names.
enum KnownIDX: String, CaseIterable {
  case mnist
  case fashionMNIST = "fashion-mnist"

  static let digits = (0...9).map(String.init)

  /// The labels of the first training images.
  var firstLabels: [Int32] {
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
}
