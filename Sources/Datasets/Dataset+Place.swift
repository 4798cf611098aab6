import Wording

extension Dataset {
  /// Where a data set lies, and in which format.
  enum Place {
    case bundled
    case idx(String)
    case cifar10(String)
    /// Folders of PNG and JPEG files.
    case pictures(ImageFolder)

    /// The place that a name or a path stands for.
    init(of nameOrPath: String) throws(DatasetError) {
      if [bundledName, "bundled"].contains(nameOrPath) {
        self = .bundled
        return
      }
      switch Folder.kind(of: nameOrPath) {
      case .folder: self = try Place(folder: nameOrPath)
      case .other: self = try Place(file: nameOrPath)
      case nil:
        guard let source = DatasetSource.named(nameOrPath), Folder.kind(of: source.usualFolder) == .folder
        else { throw nothing(called: nameOrPath) }
        self = try Place(folder: source.usualFolder)
      }
    }

    private init(folder path: String) throws(DatasetError) {
      let folder = Folder(path)
      let holdsIDX = IDXFiles.names.contains { IDXFiles.path(of: $0, in: folder) != nil }
      let holdsCIFAR10 = CIFAR10.isUnpacked(in: folder) || folder.holds(CIFAR10.archiveName)
      switch (holdsIDX, holdsCIFAR10) {
      case (true, false): self = .idx(path)
      case (false, true): self = .cifar10(path)
      case (true, true):
        throw DatasetError(
          .unusable, path: path, "both IDX and CIFAR-10 files are in it: give each set a folder of its own")
      case (false, false):
        guard let pictures = try ImageFolder(at: path) else { throw try nothing(in: folder) }
        self = .pictures(pictures)
      }
    }

    private init(file path: String) throws(DatasetError) {
      let kin = IDXFiles.names + CIFAR10.trainingFiles + [CIFAR10.testFile]
      let name = path.split(separator: "/").last ?? ""
      guard !kin.contains(where: { name == $0 || name == $0 + ".gz" }) else {
        throw DatasetError(.unusable, path: path, "this is one file of several: give the folder they lie in")
      }
      self = .cifar10(path)
    }
  }

  private static func nothing(in folder: Folder) throws(DatasetError) -> DatasetError {
    guard try !folder.names().contains(where: PictureFile.isNamed) else {
      return DatasetError(
        .missing, path: folder.path,
        "the pictures in it lie side by side: put those of each class in a folder of its own, class/name.jpg")
    }
    return DatasetError(
      .missing, path: folder.path,
      """
      no data set is in it: neither IDX files (\(IDXFiles.trainingImages) and its kin, plain or .gz), nor those \
      of CIFAR-10 (data_batch_1.bin and its kin, or \(CIFAR10.archiveName)), nor folders of PNG or JPEG pictures, \
      class/name.jpg
      """)
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
