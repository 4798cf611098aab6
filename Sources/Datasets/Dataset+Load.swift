extension Dataset {
  /// A data set by the name of the bundled one ("fashion-mnist-small", or "bundled"), or by where it lies.
  ///
  /// The name of a set that can be fetched stands for the folder where `lemnos data fetch` puts it.
  ///
  /// A path is recognised by what is there: a folder with the IDX files, a folder with the CIFAR-10 files or
  /// their archive, that archive itself, or folders with pictures, one for each class.
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
    switch try Place(of: nameOrPath) {
    case .bundled: try bundled()
    case .idx(let path): try idx(in: path)
    case .cifar10(let path): try cifar10(in: path)
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
