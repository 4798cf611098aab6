extension Dataset {
  /// A data set by the name of the bundled one ("fashion-mnist-small", or "bundled"), or by where it lies.
  ///
  /// The name of a set that can be fetched stands for the folder where `lemnos data fetch` puts it.
  ///
  /// A path is recognised by what is there: a folder with the IDX files, a folder with the CIFAR-10 files or
  /// their archive, or that archive itself.
  ///
  /// - Throws: `DatasetError`: `.missing` when nothing goes by that name, with the names that there are;
  ///   otherwise as `idx(in:)` and `cifar10(in:)` do.
  public static func load(_ nameOrPath: String) throws(DatasetError) -> Dataset {
    switch try Place(of: nameOrPath) {
    case .bundled: try bundled()
    case .idx(let path): try idx(in: path)
    case .cifar10(let path): try cifar10(in: path)
    }
  }
}
