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

  /// What `cifar10(in:)` reads from the files of a folder, of their bytes.
  package static func cifar10(
    files: [(name: String, bytes: [UInt8])], recordsPerFile: Int? = nil, path: String
  ) throws(DatasetError) -> Dataset {
    var set = CIFAR10(path: path, recordsPerFile: recordsPerFile ?? CIFAR10.recordsPerFile)
    for (name, bytes) in files { try set.add(name, from: ByteStream(bytes, path: name)) }
    return try set.dataset()
  }
}
