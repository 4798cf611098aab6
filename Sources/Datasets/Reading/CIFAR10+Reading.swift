extension CIFAR10 {
  /// Reads the six files of a folder, or of the folder `cifar-10-batches-bin` in it.
  ///
  /// - Throws: `DatasetError`: `.missing` naming the files that are not there, else `.unusable`.
  static func read(folder path: String, recordsPerFile: Int = CIFAR10.recordsPerFile) throws(DatasetError)
    -> Dataset
  {
    let folder = try self.folder(in: path)
    var files = CIFAR10(path: folder.path, recordsPerFile: recordsPerFile)
    for name in trainingFiles + [testFile, namesFile] where folder.holds(name) {
      try files.add(name, from: ByteStream(path: folder.path(of: name)))
    }
    return try files.dataset()
  }

  /// Reads the official archive, or one like it, without unpacking it to the disk.
  ///
  /// - Throws: `DatasetError`: `.missing` naming the files that are not in it, else `.unusable`.
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

  /// Takes in one of the six files, or the list of names.
  mutating func add(_ name: String, from stream: ByteStream) throws(DatasetError) {
    try checkSize(stream.atMost, of: name, path: stream.path)
    let bytes = try stream.read(exactly: stream.atMost, of: name)
    try stream.expectEnd(after: name)
    try add(name, bytes: bytes, path: stream.path)
  }

  /// The folder itself when one of the image files is in it, or the one below that the archive unpacks to.
  private static func folder(in path: String) throws(DatasetError) -> Folder {
    let outer = Folder(path)
    try outer.demandExistence()
    return holdsImages(outer) || !holdsImages(inner(outer)) ? outer : inner(outer)
  }

  /// Whether one of the image files lies in the folder, or in the one below that the archive unpacks to.
  static func isUnpacked(in folder: Folder) -> Bool {
    holdsImages(folder) || holdsImages(inner(folder))
  }

  private static func inner(_ folder: Folder) -> Folder { Folder(folder.path(of: folderName)) }

  private static func holdsImages(_ folder: Folder) -> Bool {
    (trainingFiles + [testFile]).contains(where: folder.holds)
  }
}
