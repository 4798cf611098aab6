import Wording

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
    if [bundledName, "bundled"].contains(nameOrPath) { return try bundled() }
    switch Folder.kind(of: nameOrPath) {
    case .folder: return try load(folder: nameOrPath)
    case .other: return try load(file: nameOrPath)
    case nil: break
    }
    if let source = DatasetSource.named(nameOrPath), Folder.kind(of: source.usualFolder) == .folder {
      return try load(folder: source.usualFolder)
    }
    throw nothing(called: nameOrPath)
  }

  private static func load(folder path: String) throws(DatasetError) -> Dataset {
    let folder = Folder(path)
    let holdsIDX = IDXFiles.names.contains { IDXFiles.path(of: $0, in: folder) != nil }
    let holdsCIFAR10 = CIFAR10.isUnpacked(in: folder) || folder.holds(CIFAR10.archiveName)
    switch (holdsIDX, holdsCIFAR10) {
    case (true, false): return try idx(in: path)
    case (false, true): return try cifar10(in: path)
    case (true, true):
      throw DatasetError(
        .unusable, path: path, "both IDX and CIFAR-10 files are in it: give each set a folder of its own")
    case (false, false):
      throw DatasetError(
        .missing, path: path,
        """
        no data set is in it: neither IDX files (\(IDXFiles.trainingImages) and its kin, plain or .gz) nor those \
        of CIFAR-10 (data_batch_1.bin and its kin, or \(CIFAR10.archiveName))
        """)
    }
  }

  private static func load(file path: String) throws(DatasetError) -> Dataset {
    let kin = IDXFiles.names + CIFAR10.trainingFiles + [CIFAR10.testFile]
    let name = path.split(separator: "/").last ?? ""
    guard !kin.contains(where: { name == $0 || name == $0 + ".gz" }) else {
      throw DatasetError(.unusable, path: path, "this is one file of several: give the folder they lie in")
    }
    return try cifar10(in: path)
  }

  private static func nothing(called name: String) -> DatasetError {
    guard !name.contains("/") else {
      return DatasetError(.missing, path: name, "there is no such file or folder")
    }
    if let source = DatasetSource.named(name) {
      return DatasetError(
        .missing, path: name,
        """
        this set is not part of the program; fetch it (\(source.size.grouped) bytes) with: \
        lemnos data fetch \(source.name)
        """)
    }
    let names = [bundledName, "bundled"] + DatasetSource.all.map(\.name)
    let guess = names.closest(to: name).map { "; did you mean \($0)?" } ?? ""
    return DatasetError(
      .missing, path: name,
      """
      there is no such file, folder or data set: the bundled set is \(bundledName), \
      \(DatasetSource.all.map(\.name).joined(separator: ", ")) can be fetched\(guess)
      """)
  }
}
