extension Dataset {
  /// Parses the content of two files as `idx(in:)` does.
  ///
  /// - Parameter path: for error messages.
  package static func idx(
    images: [UInt8], labels: [UInt8], classes: Int, path: String
  ) throws(DatasetError) -> LabeledImages {
    try IDX.labeledImages(
      images: ByteStream(images, path: path), labels: ByteStream(labels, path: path), classes: classes)
  }

  /// Parses the content of an archive as `cifar10(in:)` does.
  ///
  /// - Parameter recordsPerFile: nil for the number in the published files.
  package static func cifar10(
    archive: [UInt8], recordsPerFile: Int? = nil, path: String
  ) throws(DatasetError) -> Dataset {
    try CIFAR10.read(
      archive: ByteStream(archive, path: path), recordsPerFile: recordsPerFile ?? CIFAR10.recordsPerFile)
  }

  /// Parses the contents of a folder's files as `cifar100(in:)` does.
  package static func cifar100(files: [String: [UInt8]], path: String) throws(DatasetError) -> Dataset {
    try CIFAR100(path: path, files: files).dataset(.fine)
  }

  /// Parses the contents of a folder's files as CIFAR-10 for Python.
  package static func cifarPython(files: [String: [UInt8]], path: String) throws(DatasetError) -> Dataset {
    try CIFARPython(kind: .cifar10, path: path, files: files).dataset()
  }

  /// All files of a zip archive.
  package static func files(inZip bytes: [UInt8], path: String) throws(DatasetError) -> [[UInt8]] {
    let archive = try ZipArchive(bytes, path: path)
    _ = try Directory(of: archive)
    var files: [[UInt8]] = []
    for entry in archive.entries {
      _ = try archive.head(of: entry, count: FileKind.headCount)
      files.append(try archive.bytes(of: entry, upTo: .max))
    }
    return files
  }

  /// Parses numpy arrays in an archive.
  package static func arrays(inZip bytes: [UInt8], path: String) throws(DatasetError) -> Dataset {
    guard let set = try NumPySet(in: Directory(of: ZipArchive(bytes, path: path))) else {
      throw DatasetError(.missing, path: path, "no images and labels are in it")
    }
    return try set.dataset()
  }

  /// Parses a numpy array as images, or as labels.
  package static func checkArray(_ bytes: [UInt8], path: String) throws(DatasetError) {
    let array = try StoredArray(npy: ByteStream(bytes, path: path))
    if array.shape.count > 2 {
      _ = try array.images(path: path)
    } else {
      _ = try array.integers(path: path)
    }
  }

  /// Parses the contents of a folder's files as `cifar10(in:)` does.
  package static func cifar10(
    files: [(name: String, bytes: [UInt8])], recordsPerFile: Int? = nil, path: String
  ) throws(DatasetError) -> Dataset {
    var set = CIFAR10(path: path, recordsPerFile: recordsPerFile ?? CIFAR10.recordsPerFile)
    for (name, bytes) in files { try set.add(name, from: ByteStream(bytes, path: name)) }
    return try set.dataset()
  }
}
