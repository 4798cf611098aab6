extension Dataset {
  /// What `idx(in:)` reads from two of its files, of their bytes.
  ///
  /// - Parameter path: what errors call them.
  package static func idx(
    images: [UInt8], labels: [UInt8], classes: Int, path: String
  ) throws(DatasetError) -> LabeledImages {
    try IDX.labeledImages(
      images: ByteStream(images, path: path), labels: ByteStream(labels, path: path), classes: classes)
  }

  /// What `cifar10(in:)` reads from the archive, of its bytes.
  ///
  /// - Parameter recordsPerFile: nil for as many as in the published files.
  package static func cifar10(
    archive: [UInt8], recordsPerFile: Int? = nil, path: String
  ) throws(DatasetError) -> Dataset {
    try CIFAR10.read(
      archive: ByteStream(archive, path: path), recordsPerFile: recordsPerFile ?? CIFAR10.recordsPerFile)
  }

  /// What `cifar100(in:)` reads from the files of a folder, of their bytes.
  package static func cifar100(files: [String: [UInt8]], path: String) throws(DatasetError) -> Dataset {
    try CIFAR100(path: path, files: files).dataset(.fine)
  }

  /// What is read of CIFAR-10 for Python from the files of a folder, of their bytes.
  package static func cifarPython(files: [String: [UInt8]], path: String) throws(DatasetError) -> Dataset {
    try CIFARPython(kind: .cifar10, path: path, files: files).dataset()
  }

  /// The files of a zip archive, all of them.
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

  /// What is read of numpy's arrays in an archive, of its bytes.
  package static func arrays(inZip bytes: [UInt8], path: String) throws(DatasetError) -> Dataset {
    guard let set = try NumPySet(in: Directory(of: ZipArchive(bytes, path: path))) else {
      throw DatasetError(.missing, path: path, "no images and labels are in it")
    }
    return try set.dataset()
  }

  /// Reads one of numpy's arrays as images, or as labels.
  package static func checkArray(_ bytes: [UInt8], path: String) throws(DatasetError) {
    let array = try StoredArray(npy: ByteStream(bytes, path: path))
    if array.shape.count > 2 {
      _ = try array.images(path: path)
    } else {
      _ = try array.integers(path: path)
    }
  }

  /// What `cifar10(in:)` reads from the files of a folder, of their bytes.
  package static func cifar10(
    files: [(name: String, bytes: [UInt8])], recordsPerFile: Int? = nil, path: String
  ) throws(DatasetError) -> Dataset {
    var set = CIFAR10(path: path, recordsPerFile: recordsPerFile ?? CIFAR10.recordsPerFile)
    for (name, bytes) in files { try set.add(name, from: ByteStream(bytes, path: name)) }
    return try set.dataset()
  }
}
