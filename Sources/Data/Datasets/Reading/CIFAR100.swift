import Wording

/// The binary version of CIFAR-100: two files of records, each a coarse label byte, a fine label byte, and 3
/// planes of 32×32.
///
/// - SeeAlso: https://www.cs.toronto.edu/~kriz/cifar.html
struct CIFAR100 {
  static let trainingFile = "train.bin"
  static let testFile = "test.bin"
  /// The folder inside the official archive.
  static let folderName = "cifar-100-binary"
  static let files = [trainingFile, testFile, Labels.fine.namesFile, Labels.coarse.namesFile]
  static let recordSize = 2 + CIFAR10.shape.count
  /// The official archive unpacks to 185 MB.
  static let largestFile = 1 << 28

  /// The label of an image to be learned.
  enum Labels: Int {
    /// One of 20 superclasses.
    case coarse
    /// One of 100 classes.
    case fine

    var namesFile: String { self == .coarse ? "coarse_label_names.txt" : "fine_label_names.txt" }
    var classes: Int { self == .coarse ? 20 : 100 }
  }

  let path: String
  /// The files' contents, by name.
  let files: [String: [UInt8]]

  func dataset(_ labels: Labels) throws(DatasetError) -> Dataset {
    guard let training = files[Self.trainingFile], let test = files[Self.testFile] else {
      throw DatasetError(
        .missing, path: path,
        "the CIFAR-100 files \(Self.trainingFile) and \(Self.testFile) are not both in it")
    }
    let names = try files[labels.namesFile].map { (bytes) throws(DatasetError) in
      let names = bytes.split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
      guard names.count == labels.classes else {
        throw DatasetError(
          .unusable, path: path,
          "\(labels.namesFile) has \(names.count) class names, but there are \(labels.classes)")
      }
      return names
    }
    return try Dataset(
      name: labels == .fine ? "cifar100" : "cifar100-coarse",
      training: images(training, Self.trainingFile, labels), test: images(test, Self.testFile, labels),
      classNames: names ?? (0..<labels.classes).map { "class \($0)" },
      notes: names == nil ? ["\(labels.namesFile) is not there: classes are called by their numbers"] : [])
  }

  private func images(_ bytes: [UInt8], _ name: String, _ which: Labels) throws(DatasetError) -> LabeledImages
  {
    guard !bytes.isEmpty, bytes.count.isMultiple(of: Self.recordSize) else {
      throw DatasetError(
        .unusable, path: path,
        "\(name) has \(bytes.count.grouped) bytes, which are no whole records of \(Self.recordSize.grouped): fetch or unpack it again"
      )
    }
    let starts = stride(from: 0, to: bytes.count, by: Self.recordSize)
    let labels = starts.map { Int32(bytes[$0 + which.rawValue]) }
    try labels.check(classes: which.classes, path: "\(path)(\(name))")
    var pixels: [UInt8] = []
    pixels.reserveCapacity(labels.count * CIFAR10.shape.count)
    for start in starts { pixels += bytes[start + 2..<start + Self.recordSize] }
    return try LabeledImages(pixels: pixels, labels: labels, shape: CIFAR10.shape)
  }
}

extension Dataset {
  /// CIFAR-100 in its binary version: 50,000 training and 10,000 test images of 3×32×32 in 100 classes.
  ///
  /// - path: a folder with `train.bin` and `test.bin` (or with the folder `cifar-100-binary`), or the
  ///   archive `cifar-100-binary.tar.gz` itself.
  ///   - coarse: true for the 20 superclasses.
  /// - Throws: `DatasetError`: `.missing` if the folder or one of the files does not exist, `.unusable` if
  ///   one is damaged.
  public static func cifar100(in path: String, coarse: Bool = false) throws(DatasetError) -> Dataset {
    guard case .cifar100(let files) = try Place(of: path) else {
      throw DatasetError(
        .missing, path: path,
        "there is no binary CIFAR-100 in it: \(CIFAR100.trainingFile) and \(CIFAR100.testFile)")
    }
    return try files.dataset(coarse ? .coarse : .fine)
  }
}
