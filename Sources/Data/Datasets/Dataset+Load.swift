extension Dataset {
  /// A data set by the name of the bundled one ("fashion-mnist-small", or "bundled"), or by its path.
  ///
  /// The name of a downloadable set stands for the folder that `lemnos data fetch` puts it in.
  ///
  /// The format of a path is detected: IDX files, CIFAR-10 or CIFAR-100 in the binary or Python version,
  /// numpy arrays, or folders with pictures, one per class; in a folder, in a zip archive or, for CIFAR, in a
  /// tar archive.
  ///
  /// - Parameters:
  ///   - imageSize: the side of images made from pictures; other sets have a fixed size.
  ///   - threads: the number of threads that read pictures; nil for one per core.
  ///   - badFiles: the number of unreadable pictures that may be skipped.
  /// - Throws: `DatasetError`: `.missing` for an unknown name, with the known ones; otherwise as
  ///   `idx(in:)`, `cifar10(in:)` and `imageFolder(in:size:threads:allowingBadFiles:)` do.
  public static func load(
    _ nameOrPath: String, imageSize: Int = usualImageSize, threads: Int? = nil,
    allowingBadFiles badFiles: BadFileAllowance = .usual
  ) throws(DatasetError) -> Dataset {
    switch try Place(of: nameOrPath, threads: threads) {
    case .bundled: try bundled()
    case .idx(let files): try files.dataset(classNames: nil)
    case .cifar10(let directory): try CIFAR10.read(directory)
    case .cifar10Archive(let path): try CIFAR10.read(archive: ByteStream(path: path))
    case .cifar100(let files): try files.dataset(.fine)
    case .cifarPython(let files): try files.dataset()
    case .arrays(let set): try set.dataset()
    case .pictures(let folder): try folder.read(size: imageSize, threads: threads, allowing: badFiles)
    }
  }

  /// True for folders of pictures, which can be scaled to any size.
  ///
  /// - Throws: `DatasetError` as `load` does if nothing is found.
  public static func isImageFolder(_ nameOrPath: String) throws(DatasetError) -> Bool {
    if case .pictures = try Place(of: nameOrPath) { true } else { false }
  }
}
