extension CIFAR10 {
  /// Reads the six files of a folder.
  ///
  /// - Throws: `DatasetError`: `.missing` with the missing files, else `.unusable`.
  static func read(
    _ directory: Directory, recordsPerFile: Int = CIFAR10.recordsPerFile
  ) throws(DatasetError) -> Dataset {
    var files = CIFAR10(path: "\(directory.path)", recordsPerFile: recordsPerFile)
    for name in trainingFiles + [testFile, namesFile] where directory.holds(name) {
      try files.add(name, from: directory.file(FilePath(name)).stream())
    }
    return try files.dataset()
  }

  /// Reads the official archive, or a similar one, without unpacking it to disk.
  ///
  /// - Throws: `DatasetError`: `.missing` with the missing files, else `.unusable`.
  static func read(
    archive stream: ByteStream, recordsPerFile: Int = CIFAR10.recordsPerFile
  ) throws(DatasetError) -> Dataset {
    var archive = TarArchive(stream, atMost: largestArchive)
    var files = CIFAR10(path: stream.path, recordsPerFile: recordsPerFile)
    while let entry = try archive.next() {
      let name = String(entry.lastComponent)
      guard wants(name) else { continue }
      try files.checkSize(entry.size, of: name, path: stream.path)
      try files.add(name, bytes: archive.read(entry), path: "\(stream.path)(\(name))")
    }
    return try files.dataset()
  }

  /// Adds one of the six files, or the list of names.
  mutating func add(_ name: String, from stream: ByteStream) throws(DatasetError) {
    try checkSize(stream.atMost, of: name, path: stream.path)
    let bytes = try stream.read(exactly: stream.atMost, of: name)
    try stream.expectEnd(after: name)
    try add(name, bytes: bytes, path: stream.path)
  }

  /// True if one of the image files is in the folder.
  static func isUnpacked(in directory: Directory) -> Bool {
    (trainingFiles + [testFile]).contains(where: directory.holds)
  }
}
