import Wording

/// CIFAR-10 or CIFAR-100 in its version for Python: pickles of dictionaries, with images of 3×32×32 as rows of bytes.
///
/// - SeeAlso: https://www.cs.toronto.edu/~kriz/cifar.html
struct CIFARPython {
  enum Kind: CaseIterable {
    case cifar10, cifar100

    var name: String { self == .cifar10 ? "cifar10" : "cifar100" }
    /// The folder inside the official archive.
    var folderName: String { self == .cifar10 ? "cifar-10-batches-py" : "cifar-100-python" }
    var training: [String] { self == .cifar10 ? (1...5).map { "data_batch_\($0)" } : ["train"] }
    var test: String { self == .cifar10 ? "test_batch" : "test" }
    /// The file of class names.
    var meta: String { self == .cifar10 ? "batches.meta" : "meta" }
    var labels: String { self == .cifar10 ? "labels" : "fine_labels" }
    var classNames: String { self == .cifar10 ? "label_names" : "fine_label_names" }
    var files: [String] { training + [test, meta] }
  }

  /// More than three times the size of any published file.
  static let largestFile = 1 << 29

  let kind: Kind
  let path: String
  /// The files' contents, by name.
  let files: [String: [UInt8]]

  func dataset() throws(DatasetError) -> Dataset {
    let missing = kind.files.filter { files[$0] == nil }
    guard missing.isEmpty else {
      throw DatasetError(
        .missing, path: path,
        "the files \(missing.joined(separator: ", ")) of \(kind.name) for Python are not in it")
    }
    let names = try classNames()
    var (pixels, labels): ([UInt8], [Int32]) = ([], [])
    for name in kind.training {
      let part = try images(name, classes: names.count)
      pixels += part.pixels
      labels += part.labels
    }
    let training = try LabeledImages(pixels: pixels, labels: labels, shape: CIFAR10.shape)
    return try Dataset(
      name: kind.name, training: training, test: images(kind.test, classes: names.count), classNames: names)
  }

  private func pickle(_ name: String) throws(DatasetError) -> Pickle {
    try Pickle(files[name] ?? [], path: "\(path)(\(name))")
  }

  private func classNames() throws(DatasetError) -> [String] {
    let pickle = try pickle(kind.meta)
    guard let names = pickle.value(kind.classNames) else {
      throw DatasetError(
        .unusable, path: pickle.path, "there is no \(kind.classNames) in it, but \(pickle.names)")
    }
    return try pickle.texts(names)
  }

  private func images(_ name: String, classes: Int) throws(DatasetError) -> LabeledImages {
    let pickle = try pickle(name)
    guard let data = pickle.value("data"), let labels = pickle.value(kind.labels) else {
      throw DatasetError(
        .unusable, path: pickle.path, "it has no data and \(kind.labels), but \(pickle.names.prefix(10))")
    }
    let array = try pickle.array(data)
    guard array.type.isOfBytes, array.shape.count == 2, array.shape[1] == CIFAR10.shape.count,
      !array.isFortran
    else {
      throw DatasetError(
        .unusable, path: pickle.path,
        "images have to be bytes [N, \(CIFAR10.shape.count)], but are \(array.type.name)\(array.shape)")
    }
    let numbers = try pickle.integers(labels)
    guard let wrong = numbers.first(where: { !(0..<classes).contains($0) }) else {
      return try LabeledImages(pixels: array.bytes, labels: numbers.map { Int32($0) }, shape: CIFAR10.shape)
    }
    throw DatasetError(
      .unusable, path: pickle.path, "there is a label \(wrong), but there are \(classes) classes (from 0)")
  }
}
