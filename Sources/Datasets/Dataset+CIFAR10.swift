extension Dataset {
  /// CIFAR-10 in its binary version: 50,000 training and 10,000 test images of 3×32×32 in 10 classes.
  ///
  /// - Parameter path: a folder that holds `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin` (or the
  ///   folder `cifar-10-batches-bin` with them, or the archive), or the archive `cifar-10-binary.tar.gz` itself,
  ///   which is read as it is.
  /// - Returns: the set, named "cifar10".
  /// - Throws: `DatasetError`: `.missing` when the folder or one of the files is not there, `.unusable` when a
  ///   file is damaged.
  /// - SeeAlso: Krizhevsky 2009, "Learning multiple layers of features from tiny images".
  public static func cifar10(in path: String) throws(DatasetError) -> Dataset {
    guard Folder.kind(of: path) != .other else {
      return try CIFAR10.read(archive: ByteStream(path: path))
    }
    let folder = Folder(path)
    if !CIFAR10.isUnpacked(in: folder), folder.holds(CIFAR10.archiveName) {
      return try CIFAR10.read(archive: ByteStream(path: folder.path(of: CIFAR10.archiveName)))
    }
    return try CIFAR10.read(folder: path)
  }
}
