extension Dataset {
  /// A data set by the name of the bundled one ("fashion-mnist-small", or "bundled"), or by where it lies.
  ///
  /// The name of a set that can be fetched stands for the folder where `lemnos data fetch` puts it.
  ///
  /// A path is recognised by what is there: IDX files, CIFAR-10 or CIFAR-100 in their binary version or for Python, arrays of numpy's,
  /// or folders with pictures, one for each class; in a folder, in a zip archive, or, of CIFAR, in a tar archive.
  ///
  /// - Parameters:
  ///   - imageSize: the side of images made of pictures; other sets have a size of their own.
  ///   - threads: how many read pictures; nil for one for each core of the machine.
  ///   - badFiles: how many pictures may be skipped because they cannot be read.
  /// - Throws: `DatasetError`: `.missing` when nothing goes by that name, with the names that there are;
  ///   otherwise as `idx(in:)`, `cifar10(in:)` and `imageFolder(in:size:threads:allowingBadFiles:)` do.
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

  /// Whether a name or path stands for folders of pictures, which are made images of any size.
  ///
  /// - Throws: `DatasetError` as `load` does for what it does not find.
  public static func isImageFolder(_ nameOrPath: String) throws(DatasetError) -> Bool {
    if case .pictures = try Place(of: nameOrPath) { true } else { false }
  }
}
