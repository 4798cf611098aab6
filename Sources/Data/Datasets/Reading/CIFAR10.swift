import Wording

/// The binary version of CIFAR-10: six files of 10,000 records, each a label byte and 3 planes of 32×32.
///
/// - SeeAlso: https://www.cs.toronto.edu/~kriz/cifar.html
struct CIFAR10 {
  static let shape = ImageShape(channels: 3, height: 32, width: 32)
  /// The folder inside the official archive.
  static let folderName = "cifar-10-batches-bin"
  static let archiveName = "cifar-10-binary.tar.gz"
  static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
  static let testFile = "test_batch.bin"
  static let namesFile = "batches.meta.txt"
  static let standardClassNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  /// A label byte and the pixels.
  static let recordSize = 1 + shape.count
  /// The official archive unpacks to 184 MB.
  static let largestArchive = 1 << 28
  /// More than any list of ten names.
  static let longestNamesFile = 1 << 12

  /// In the published files.
  static let recordsPerFile = 10_000

  /// Smaller in tests.
  private let recordsPerFile: Int
  /// The folder or archive, for error messages.
  private let path: String
  private var training = Records()
  private var test = Records()
  private var arrived: Set<String> = []
  private var classNames: [String]?

  init(path: String, recordsPerFile: Int = CIFAR10.recordsPerFile) {
    self.path = path
    self.recordsPerFile = recordsPerFile
  }

  /// Adds the content of one of the known files, of the size checked by `checkSize`.
  ///
  /// - Throws: `DatasetError` (`.unusable`) for invalid content.
  mutating func add(_ name: String, bytes: [UInt8], path: String) throws(DatasetError) {
    if name == Self.namesFile {
      classNames = try Self.classNames(in: bytes, path: path)
      return
    }
    guard arrived.insert(name).inserted else {
      throw DatasetError(.unusable, path: path, "the archive holds \(name) twice: fetch it again")
    }
    if let place = Self.trainingFiles.firstIndex(of: name) {
      training.put(bytes, at: place * recordsPerFile, of: Self.trainingFiles.count * recordsPerFile)
    } else {
      test.put(bytes, at: 0, of: recordsPerFile)
    }
    let labels = stride(from: 0, to: bytes.count, by: Self.recordSize).map { Int32(bytes[$0]) }
    try labels.check(classes: Self.standardClassNames.count, path: path)
  }

  /// True for the name of a known file.
  static func wants(_ name: String) -> Bool {
    name == testFile || name == namesFile || trainingFiles.contains(name)
  }

  /// Checks the size of a file by its name.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if `size` is wrong.
  func checkSize(_ size: Int, of name: String, path: String) throws(DatasetError) {
    if name == Self.namesFile {
      guard size <= Self.longestNamesFile else {
        throw DatasetError(
          .unusable, path: path,
          "\(name) has \(size.grouped) bytes: ten class names take at most \(Self.longestNamesFile.grouped)")
      }
      return
    }
    let expected = recordsPerFile * Self.recordSize
    guard size == expected else {
      throw DatasetError(
        .unusable, path: path,
        """
        \(name) has \(size.grouped) bytes, but \(recordsPerFile.grouped) records of \
        \(Self.recordSize.grouped) make \(expected.grouped): fetch or unpack it again
        """)
    }
  }

  /// Assembles the set, after all files were added.
  ///
  /// - Throws: `DatasetError` (`.missing`), with the missing files.
  consuming func dataset() throws(DatasetError) -> Dataset {
    let missing = (Self.trainingFiles + [Self.testFile]).filter { !arrived.contains($0) }
    guard missing.isEmpty else {
      throw DatasetError(
        .missing, path: path, "the CIFAR-10 files \(missing.joined(separator: ", ")) are not in it")
    }
    return try Dataset(
      name: "cifar10",
      training: LabeledImages(pixels: training.pixels, labels: training.labels, shape: Self.shape),
      test: LabeledImages(pixels: test.pixels, labels: test.labels, shape: Self.shape),
      classNames: classNames ?? Self.standardClassNames)
  }

  /// One name per line; empty lines are skipped.
  private static func classNames(in bytes: [UInt8], path: String) throws(DatasetError) -> [String] {
    let names = bytes.split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
    guard names.count == standardClassNames.count else {
      throw DatasetError(
        .unusable, path: path,
        "\(namesFile) has \(names.count) class names, but CIFAR-10 has \(standardClassNames.count) classes")
    }
    return names
  }
}

/// Records split into labels and pixels, in their final order, independent of the files' order.
private struct Records {
  private(set) var pixels: [UInt8] = []
  private(set) var labels: [Int32] = []

  /// Stores the records of one file at their position.
  ///
  /// - Parameters:
  ///   - bytes: whole records.
  ///   - first: the index of the first of them.
  ///   - total: the final number of records; memory is allocated with the first file.
  mutating func put(_ bytes: [UInt8], at first: Int, of total: Int) {
    let size = CIFAR10.shape.count
    if labels.isEmpty {
      pixels = [UInt8](repeating: 0, count: total * size)
      labels = [Int32](repeating: 0, count: total)
    }
    bytes.withUnsafeBytes { records in
      pixels.withUnsafeMutableBytes { pixels in
        for record in 0..<records.count / CIFAR10.recordSize {
          let start = record * CIFAR10.recordSize
          labels[first + record] = Int32(records[start])
          UnsafeMutableRawBufferPointer(rebasing: pixels[((first + record) * size)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: records[(start + 1)..<(start + 1 + size)]))
        }
      }
    }
  }
}
