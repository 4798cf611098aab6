import Files
import Glibc
import Wording

extension Dataset {
  /// The default side of the square that pictures are scaled to.
  public static let usualImageSize = 32

  /// The valid sides.
  public static let imageSizes = 1...4096

  /// A data set of pictures in folders, one per class: `class/name.jpg`, or `train/class/name.jpg`, `val/…`
  /// and `test/…`.
  ///
  /// Pictures may be at any depth below their class. Without a test split a tenth of each class is held out,
  /// selected by a hash of class and name. Every picture is converted to 3×`size`×`size`: scaled to fit its
  /// shorter side, and centre-cropped. Unreadable files are skipped and named in `notes`, as are files that
  /// are no pictures.
  ///
  /// - Parameters:
  ///   - size: the side of the images.
  ///   - threads: the number of reading threads; nil for one per core.
  ///   - badFiles: the number of unreadable pictures that may be skipped.
  /// - Returns: the set, named as its folder.
  /// - Throws: `DatasetError`: `.missing` if there is no such folder, or no folders of pictures in it,
  ///   `.unusable` if too many pictures cannot be read.
  public static func imageFolder(
    in path: String, size: Int = usualImageSize, threads: Int? = nil,
    allowingBadFiles badFiles: BadFileAllowance = .usual
  ) throws(DatasetError) -> Dataset {
    guard let folder = try ImageFolder(in: Directory(path), threads: threads ?? ImageFolder.allCores) else {
      throw DatasetError(
        .missing, path: path,
        "there are no pictures in folders in it, one folder for each class: class/name.jpg")
    }
    return try folder.read(size: size, threads: threads, allowing: badFiles)
  }
}

extension ImageFolder {
  /// The shape of images with a side.
  static func shape(size: Int) throws(DatasetError) -> ImageShape {
    guard Dataset.imageSizes.contains(size) else {
      throw DatasetError(
        .unusable,
        "images of \(size)×\(size) pixels were asked for; a side has from \(Dataset.imageSizes.lowerBound) to "
          + "\(Dataset.imageSizes.upperBound)")
    }
    return ImageShape(channels: 3, height: size, width: size)
  }

  func size(_ side: Int) throws(DatasetError) -> DatasetSize {
    DatasetSize(
      shape: try Self.shape(size: side), classes: classNames.count, trainingImages: training.count,
      validationImages: validation?.count, testImages: test.count)
  }

  /// - Parameter threads: the number of reading threads; nil for one per core.
  func read(size: Int, threads: Int?, allowing badFiles: BadFileAllowance) throws(DatasetError) -> Dataset {
    guard !training.isEmpty else {
      throw DatasetError(
        .unusable, path: path,
        "there are pictures to test on, but none to train on: put those in a folder train, in folders of their classes"
      )
    }
    let (parts, skipped) = try read(
      [training, test] + [validation].compactMap(\.self), size: size, threads: threads, allowing: badFiles)
    return try Dataset(
      name: name, training: parts[0], validation: parts.count > 2 ? parts[2] : nil, test: parts[1],
      classNames: classNames, contents: contents, notes: notes + skipped)
  }

  /// The test split if there is one, else all pictures.
  func readForEvaluation(
    size: Int, threads: Int?, allowing badFiles: BadFileAllowance
  ) throws(DatasetError) -> EvaluationSet {
    let files = hasParts ? test : Self.ordered(training + test)
    let (parts, skipped) = try read([files], size: size, threads: threads, allowing: badFiles)
    return EvaluationSet(name: name, images: parts[0], classNames: classNames, notes: notes + skipped)
  }

  private var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  private func read(
    _ parts: [[File]], size: Int, threads: Int?, allowing badFiles: BadFileAllowance
  ) throws(DatasetError) -> (parts: [LabeledImages], skipped: [String]) {
    let threads = threads ?? Self.allCores
    let shape = try Self.shape(size: size)
    let count = parts.reduce(0) { $0 + $1.count }
    try checkMemory(for: shape, count: count)
    var bad: [DatasetError] = []
    var read: [LabeledImages] = []
    for files in parts { read.append(try self.read(files, as: shape, threads, &bad)) }
    let most = badFiles.most(of: count)
    guard bad.count <= most else {
      let first = bad.prefix(3).map(\.description).joined(separator: "; ")
      throw DatasetError(
        .unusable, path: path,
        "\(bad.count.grouped) of \(count.grouped) pictures cannot be read, "
          + "more than the \(most.grouped) that may be skipped: \(first)\(bad.count > 3 ? "; …" : "")")
    }
    let named = bad.prefix(Self.mostNamed).map { "skipped \($0)" }
    let others = bad.count - named.count
    return (read, named + (others > 0 ? ["skipped \(others.grouped) more that cannot be read"] : []))
  }

  /// The maximum number of bad files that are named individually.
  private static let mostNamed = 20

  static let allCores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// The number of pictures decoded before their pixels are appended: some per thread, to balance the load.
  private static let filesAtOnce = 512

  private func read(
    _ files: [File], as shape: ImageShape, _ threads: Int, _ bad: inout [DatasetError]
  ) throws(DatasetError) -> LabeledImages {
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    pixels.reserveCapacity(files.count * shape.count)
    for start in stride(from: 0, to: files.count, by: Self.filesAtOnce) {
      let some = files[start..<min(start + Self.filesAtOnce, files.count)]
      for (file, result) in zip(some, PictureFile.pixels(of: some.map(\.place), as: shape, threads: threads))
      {
        switch result {
        case .success(let image):
          pixels += image
          labels.append(file.label)
        case .failure(let error): bad.append(error)
        }
      }
    }
    return try LabeledImages(pixels: pixels, labels: labels, shape: shape)
  }

  /// All images are kept in memory.
  private func checkMemory(for shape: ImageShape, count: Int) throws(DatasetError) {
    let needed = count * shape.count
    if let memory = PhysicalMemory.byteCount, needed >= memory {
      throw DatasetError(
        .unusable, path: path,
        "\(count.grouped) images of \(shape) take \(needed.grouped) bytes, but the machine has "
          + "\(memory.grouped): choose a smaller image size")
    }
  }
}
