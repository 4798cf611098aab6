extension Dataset {
  /// CIFAR-10 in its binary version: 50,000 training and 10,000 test images of 3×32×32 in 10 classes.
  ///
  /// - Parameter path: a folder that holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin` (or the
  ///   folder `cifar-10-batches-bin` with them, or the archive), or the archive `cifar-10-binary.tar.gz` itself,
  ///   which is read as it is.
  /// - Returns: the set, named "cifar10".
  /// - Throws: `DatasetError`: `.missing` if the folder or one of the files does not exist, `.unusable` if
  ///   a file is damaged.
  /// - SeeAlso: Krizhevsky 2009, "Learning multiple layers of features from tiny images".
  public static func cifar10(in path: String) throws(DatasetError) -> Dataset {
    guard Folder.kind(of: path) != .other else {
      return try CIFAR10.read(archive: ByteStream(path: path))
    }
    let outer = Directory(path)
    let inner = outer.folder(FilePath(CIFAR10.folderName))
    if CIFAR10.isUnpacked(in: outer) { return try CIFAR10.read(outer) }
    if CIFAR10.isUnpacked(in: inner) { return try CIFAR10.read(inner) }
    guard outer.holds(CIFAR10.archiveName) else {
      _ = try outer.entries()  // throws if there is no folder
      return try CIFAR10.read(outer)
    }
    return try CIFAR10.read(archive: outer.file(FilePath(CIFAR10.archiveName)).stream())
  }
}
