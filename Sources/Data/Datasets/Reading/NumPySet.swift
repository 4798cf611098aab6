import Tensors
import Wording

/// Images and labels as numpy arrays: in one `.npz` file, or in `.npy` files of one folder.
///
/// Their roles follow from their names: `x_train`, `y_train`, `x_test`, `y_test` as in Keras, `train_images`,
/// `train_labels`, `val_images`, … as in MedMNIST, and other combinations of such words. `images` and
/// `labels` alone are one set, of which a tenth is held out for testing.
struct NumPySet {
  private let path: String
  /// By role.
  private let arrays: [Role: StoredFile]

  private struct Role: Hashable {
    enum Part: String, CaseIterable { case training, validation, test }
    /// Nil for the whole set.
    let part: Part?
    let hasImages: Bool

    /// - Returns: nil for any other name.
    init?(_ name: String) {
      let stem = name.lowercased().hasSuffix(".npy") ? name.lowercased().dropLast(4) : name.lowercased()[...]
      var part: Part?
      var hasImages: Bool?
      for word in stem.split(whereSeparator: { !$0.isLetter }) {
        switch word {
        case "train", "training": part = .training
        case "val", "valid", "validation": part = .validation
        case "test", "testing": part = .test
        case "x", "image", "images", "img", "imgs", "data": hasImages = true
        case "y", "label", "labels", "target", "targets": hasImages = false
        case "xtrain": (part, hasImages) = (.training, true)
        case "ytrain": (part, hasImages) = (.training, false)
        case "xtest": (part, hasImages) = (.test, true)
        case "ytest": (part, hasImages) = (.test, false)
        case "arr", "set": break
        default: return nil
        }
      }
      guard let hasImages else { return nil }
      (self.part, self.hasImages) = (part, hasImages)
    }

    init(_ part: Part?, hasImages: Bool) { (self.part, self.hasImages) = (part, hasImages) }
  }

  /// - Returns: nil if no two files are images and their labels, by name.
  init?(in directory: Directory) throws(DatasetError) {
    path = "\(directory.path)"
    var arrays: [Role: StoredFile] = [:]
    for name in try directory.fileNames() where name.fileExtension == "npy" {
      guard let role = Role("\(name)") else { continue }
      guard arrays.updateValue(directory.file(name), forKey: role) == nil else {
        throw DatasetError(.unusable, path: path, "\(name) and another array are by their names the same")
      }
    }
    let parts = [nil] + Role.Part.allCases
    guard
      parts.contains(where: { part in
        arrays[Role(part, hasImages: true)] != nil && arrays[Role(part, hasImages: false)] != nil
      })
    else { return nil }
    self.arrays = arrays
  }

  private func part(_ part: Role.Part?) throws(DatasetError) -> (
    images: StoredArray, labels: [Int], path: String
  )? {
    let files = [true, false].map { arrays[Role(part, hasImages: $0)] }
    guard let images = files[0], let labels = files[1] else {
      if let alone = files[0] ?? files[1] {
        throw DatasetError(
          .missing, path: "\(alone.path)",
          "there are \(files[0] == nil ? "labels" : "images") of this name, but not the other")
      }
      return nil
    }
    return (
      try StoredArray(npy: images.stream()), try Self.labels(labels),
      "\(images.path)"
    )
  }

  private static func labels(_ file: StoredFile) throws(DatasetError) -> [Int] {
    let path = "\(file.path)"
    let array = try StoredArray(npy: file.stream())
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
      throw DatasetError(
        .unusable, path: path,
        "labels have to be one number for each image, [N] or [N, 1], not \(array.shape)"
          + (array.shape.count == 2 ? ": of one-hot labels make them with .argmax(axis=1)" : ""))
    }
    return try array.integers(path: path)
  }

  /// The arrays read so far, with labels as class indices.
  private struct Parts {
    var images: [Role.Part?: LabeledImages] = [:]
    let classNames: [String]
  }

  private func parts() throws(DatasetError) -> Parts {
    var read: [(part: Role.Part?, labels: [Int], pixels: Bytes, shape: ImageShape)] = []
    for part in [nil] + Role.Part.allCases {
      guard let (array, labels, path) = try self.part(part) else { continue }
      let (pixels, count, shape) = try array.images(path: path)
      guard count == labels.count else {
        throw DatasetError(
          .unusable, path: path, "there are \(count.grouped) images, but \(labels.count.grouped) labels")
      }
      read.append((part, labels, pixels, shape))
    }
    // The whole set is redundant if there are splits.
    if read.count > 1 { read.removeAll { $0.part == nil } }
    let classes = try NumberedClasses(of: read.map(\.labels), path: path)
    var parts = Parts(classNames: classes.names)
    for (part, labels, pixels, shape) in read {
      parts.images[part] = try LabeledImages(pixels: pixels, labels: classes.labels(labels), shape: shape)
    }
    return parts
  }

  private var name: String {
    let last = path.split(separator: "/").last ?? ""
    return last.hasSuffix(".npz") ? String(last.dropLast(4)) : String(last)
  }

  func dataset() throws(DatasetError) -> Dataset {
    let parts = try parts()
    if let all = parts.images[nil] {
      let (training, test) = all.parted(classNames: parts.classNames)
      return try Dataset(
        name: name, training: training, test: test, classNames: parts.classNames,
        notes: ["there is one set of images: a tenth of each class is held out for testing"])
    }
    guard let training = parts.images[.training] else {
      throw DatasetError(.unusable, path: path, "there are images to test on, but none to train on")
    }
    let validation = parts.images[.validation]
    if let test = parts.images[.test] {
      return try Dataset(
        name: name, training: training, validation: validation, test: test, classNames: parts.classNames)
    }
    // If there are two splits, the second is the test set.
    if let validation {
      return try Dataset(name: name, training: training, test: validation, classNames: parts.classNames)
    }
    let (most, test) = training.parted(classNames: parts.classNames)
    return try Dataset(
      name: name, training: most, test: test, classNames: parts.classNames,
      notes: ["there are no images to test on: a tenth of each class is held out for that"])
  }

  func evaluationSet() throws(DatasetError) -> EvaluationSet {
    let parts = try parts()
    guard let images = parts.images[nil] ?? parts.images[.test] ?? parts.images[.validation] else {
      return try EvaluationSet(testOf: dataset())
    }
    return EvaluationSet(name: name, images: images, classNames: parts.classNames, notes: [])
  }
}

extension LabeledImages {
  /// Splits off a tenth of each class, as for folders of pictures named by their indices.
  fileprivate func parted(classNames: [String]) -> (training: LabeledImages, test: LabeledImages) {
    var classes = [[(hash: UInt64, index: Int)]](repeating: [], count: classNames.count)
    for (index, label) in labels.enumerated() {
      let hash = Holdout.hash(class: Array(classNames[Int(label)].utf8), image: Array("\(index)".utf8))
      classes[Int(label)].append((hash, index))
    }
    let parted = classes.map { Holdout.parted($0.sorted { $0 < $1 }) }
    func part(_ images: [(hash: UInt64, index: Int)]) -> LabeledImages {
      picked(images.sorted { $0 < $1 }.map(\.index))
    }
    return (part(parted.flatMap(\.training)), part(parted.flatMap(\.test)))
  }
}
