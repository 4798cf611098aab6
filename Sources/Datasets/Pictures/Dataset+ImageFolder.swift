import Files
import Glibc
import Wording

extension Dataset {
  /// The side of the square that pictures are fitted to where nobody says another.
  public static let usualImageSize = 32

  /// The sides that can be asked for.
  public static let imageSizes = 1...4096

  /// A data set of PNG and JPEG files in folders, one for each class: `class/name.jpg`, or `train/class/name.jpg` and
  /// `test/class/name.jpg` (or `val/…`).
  ///
  /// Without those two a tenth of each class is held out for testing, chosen by a hash of class and name. Every picture is
  /// made 3×`size`×`size`: scaled so that its shorter side fits, and cut to its middle. Files that cannot be read are
  /// skipped, and named in `notes`.
  ///
  /// - Parameters:
  ///   - size: the side of the images.
  ///   - threads: how many read; nil for one for each core of the machine.
  /// - Returns: the set, named as its folder.
  /// - Throws: `DatasetError`: `.missing` when there is no such folder or it has no such folders of pictures, `.unusable`
  ///   when more pictures than ten, and than one in a hundred, cannot be read.
  public static func imageFolder(
    in path: String, size: Int = usualImageSize, threads: Int? = nil
  ) throws(DatasetError) -> Dataset {
    guard let folder = try ImageFolder(at: path) else {
      throw DatasetError(
        .missing, path: path,
        "there are no pictures in folders in it, one folder for each class: class/name.jpg")
    }
    return try folder.read(size: size, threads: threads)
  }
}

extension ImageFolder {
  /// The shape of images of a side.
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
      testImages: test.count)
  }

  /// How many files may be skipped.
  private var mostSkipped: Int { max(10, (training.count + test.count) / 100) }

  /// - Parameter threads: how many read; nil for one for each core of the machine.
  func read(size: Int, threads: Int?) throws(DatasetError) -> Dataset {
    let threads = threads ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let shape = try Self.shape(size: size)
    try checkMemory(for: shape)
    var bad: [DatasetError] = []
    let training = try read(self.training, as: shape, threads, &bad)
    let test = try read(self.test, as: shape, threads, &bad)
    guard bad.count <= mostSkipped else {
      let first = bad.prefix(3).map(\.description).joined(separator: "; ")
      throw DatasetError(
        .unusable, path: path,
        "\(bad.count.grouped) of \((self.training.count + self.test.count).grouped) pictures cannot be read, "
          + "more than the \(mostSkipped.grouped) that may be skipped: \(first)\(bad.count > 3 ? "; …" : "")")
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return try Dataset(
      name: name, training: training, test: test, classNames: classNames,
      notes: notes + bad.map { "skipped \($0)" })
  }

  /// Pictures that are to be decoded before their pixels are joined to the others': some for each thread, so that none
  /// waits long for the last.
  private static let filesAtOnce = 512

  private func read(
    _ files: [File], as shape: ImageShape, _ threads: Int, _ bad: inout [DatasetError]
  ) throws(DatasetError) -> LabeledImages {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    pixels.reserveCapacity(files.count * shape.count)
    for start in stride(from: 0, to: files.count, by: Self.filesAtOnce) {
      let some = files[start..<min(start + Self.filesAtOnce, files.count)]
      for (file, result) in zip(some, PictureFile.pixels(of: some.map(\.path), as: shape, threads: threads)) {
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

  /// The images are kept in memory, all of them.
  private func checkMemory(for shape: ImageShape) throws(DatasetError) {
    let needed = (training.count + test.count) * shape.count
    if let memory = PhysicalMemory.byteCount, needed >= memory {
      throw DatasetError(
        .unusable, path: path,
        "\((training.count + test.count).grouped) images of \(shape) take \(needed.grouped) bytes, but the machine has "
          + "\(memory.grouped): choose a smaller image size")
    }
  }
}
