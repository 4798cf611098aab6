import Pictures
import Wording

extension Dataset {
  /// The location and format of a data set.
  enum Place {
    case bundled
    case idx(IDXFiles)
    /// An unpacked folder, or its archive.
    case cifar10(Directory)
    case cifar10Archive(String)
    case cifar100(CIFAR100)
    case cifarPython(CIFARPython)
    case arrays(NumPySet)
    /// Folders of pictures.
    case pictures(ImageFolder)

    /// Resolves a name or path.
    ///
    /// - Parameter threads: the number of threads that inspect files; nil for one per core.
    init(of nameOrPath: String, threads: Int? = nil) throws(DatasetError) {
      if [bundledName, "bundled"].contains(nameOrPath) {
        self = .bundled
        return
      }
      switch Folder.kind(of: nameOrPath) {
      case .folder: self = try Place(in: Directory(nameOrPath), threads, nested: 0)
      case .other: self = try Place(file: nameOrPath, threads: threads)
      case nil:
        guard let source = DatasetSource.named(nameOrPath), Folder.kind(of: source.usualFolder) == .folder
        else { throw nothing(called: nameOrPath) }
        self = try Place(in: Directory(source.usualFolder), threads, nested: 0)
      }
    }

    /// Detects the content of a folder: files of a known format, in it or in its only subfolder, as of
    /// unpacked archives; pictures.
    private init(in directory: Directory, _ threads: Int?, nested: Int) throws(DatasetError) {
      if let place = try Place(filesIn: directory, nested: nested) {
        self = place
        return
      }
      let folders = try directory.entries().filter { $0.kind == .folder && !$0.name.isHidden }.map(\.name)
      let published = Set(
        [CIFAR10.folderName, CIFAR100.folderName] + CIFARPython.Kind.allCases.map(\.folderName))
      for name in folders where folders.count == 1 || published.contains("\(name)") {
        if let place = try Place(filesIn: directory.folder(name), nested: nested) {
          self = place
          return
        }
      }
      let threads = threads ?? ImageFolder.allCores
      guard let pictures = try ImageFolder(in: directory, threads: threads) else {
        throw try nothing(in: directory, threads: threads)
      }
      self = .pictures(pictures)
    }

    /// - Returns: nil if there are no files of a format other than pictures.
    private init?(filesIn directory: Directory, nested: Int) throws(DatasetError) {
      let names = try directory.fileNames().map { "\($0)" }
      let has = Set(names)
      let python = CIFARPython.Kind.allCases.first { has.contains($0.meta) && has.contains($0.test) }
      let holdsIDX = names.contains { IDXFiles.Role($0) != nil }
      let holdsCIFAR10 = (CIFAR10.trainingFiles + [CIFAR10.testFile, CIFAR10.archiveName]).contains(
        where: has.contains)
      let holdsCIFAR100 = has.contains(CIFAR100.trainingFile) && has.contains(CIFAR100.testFile)
      let arrays = try NumPySet(in: directory)
      let found = [
        ("IDX", holdsIDX), ("CIFAR-10", holdsCIFAR10), ("CIFAR-100", holdsCIFAR100),
        ("pickled CIFAR", python != nil),
        ("numpy", arrays != nil),
      ].filter(\.1).map(\.0)
      guard found.count < 2 else {
        throw DatasetError(
          .unusable, path: "\(directory.path)",
          "both \(found.joined(separator: " and ")) files are in it: give each set a folder of its own")
      }
      if holdsIDX {
        self = .idx(try IDXFiles(in: directory))
      } else if holdsCIFAR10 {
        self =
          CIFAR10.isUnpacked(in: directory)
          ? .cifar10(directory) : .cifar10Archive("\(directory.file(FilePath(CIFAR10.archiveName)).path)")
      } else if holdsCIFAR100 {
        let files = try directory.contents(of: CIFAR100.files, upTo: CIFAR100.largestFile)
        self = .cifar100(CIFAR100(path: "\(directory.path)", files: files))
      } else if let python {
        let files = try directory.contents(of: python.files, upTo: CIFARPython.largestFile)
        self = .cifarPython(CIFARPython(kind: python, path: "\(directory.path)", files: files))
      } else if let arrays {
        self = .arrays(arrays)
      } else {
        let archives = names.filter { $0.hasSuffix(".npz") }
        // A folder with a single archive of arrays stands for that archive.
        guard archives.count == 1, names.count == 1 else { return nil }
        self = try Place(archive: directory.file(FilePath(archives[0])), nil, nested: nested)
      }
    }

    private init(file path: String, threads: Int?) throws(DatasetError) {
      let name = FilePath(path.split(separator: "/").last.map(String.init) ?? path)
      let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
      // If a folder holds several sets, a file selects one of them.
      if let role = IDXFiles.Role("\(name)"),
        let files = try? IDXFiles(in: Directory(folder.isEmpty ? "/" : folder), stem: role.stem),
        !role.stem.isEmpty
      {
        self = .idx(files)
        return
      }
      let kin = CIFAR10.trainingFiles + [CIFAR10.testFile, CIFAR100.trainingFile, CIFAR100.testFile]
      guard IDXFiles.Role("\(name)") == nil, !kin.contains("\(name)") else {
        throw DatasetError(.unusable, path: path, "this is one file of several: give the folder they lie in")
      }
      self = try Place(archive: StoredFile(path: FilePath(path)), threads, nested: 0)
    }

    /// Detects the content of an archive, by its kind.
    private init(archive file: StoredFile, _ threads: Int?, nested: Int) throws(DatasetError) {
      let path = "\(file.path)"
      let kind = FileKind(head: try file.head(FileKind.headCount))
      switch kind {
      case .zip:
        // Archives can contain themselves.
        guard nested < 2 else {
          throw DatasetError(.unusable, path: path, "this is an archive within an archive within an archive")
        }
        self = try Place(in: Directory(of: file.archive()), threads, nested: nested + 1)
      case .gzip, .tar: self = try Place(tar: path)
      case .numPyArray:
        throw DatasetError(
          .unusable, path: path,
          "this is one numpy array: images and labels are two, such as x_train.npy and y_train.npy in a folder, or one .npz"
        )
      case .picture(let format):
        throw DatasetError(
          .unusable, path: path,
          "this is a picture (\(format.rawValue)): pictures to learn from lie in folders, one for each class")
      case .empty: throw DatasetError(.unusable, path: path, "the file is empty")
      default:
        throw DatasetError(
          .unusable, path: path, "this is \(kind.inWords), which is no data set that is read: \(known)")
      }
    }

    /// An archive of a CIFAR set, recognised by the first known file in it.
    private init(tar path: String) throws(DatasetError) {
      var archive = TarArchive(try ByteStream(path: path), atMost: CIFAR10.largestArchive)
      var held: [String: [UInt8]] = [:]
      while let entry = try archive.next() {
        let name = String(entry.lastComponent)
        if CIFAR10.wants(name) {
          self = .cifar10Archive(path)
          return
        }
        if (CIFAR100.files + CIFARPython.Kind.allCases.flatMap(\.files)).contains(name) {
          held[name] = try archive.read(entry)
        }
      }
      if held[CIFAR100.trainingFile] != nil {
        self = .cifar100(CIFAR100(path: path, files: held))
      } else if let kind = CIFARPython.Kind.allCases.first(where: {
        held[$0.meta] != nil || held[$0.test] != nil
      }) {
        self = .cifarPython(CIFARPython(kind: kind, path: path, files: held))
      } else {
        throw DatasetError(
          .unusable, path: path,
          "this tar archive holds none of CIFAR's files: unpack it, and give the folder; or make it a zip archive, which is read as it is"
        )
      }
    }
  }

  /// The supported formats.
  private static let known =
    "IDX files, CIFAR-10 or CIFAR-100, numpy's .npz, or pictures in folders, one for each class; each also in a .zip"

  private static func nothing(in directory: Directory, threads: Int) throws(DatasetError) -> DatasetError {
    var found: [FileKind: Int] = [:]
    var loose = 0
    try FileTree(directory, threads: threads).root.forEachFile { file in
      found[file.kind, default: 0] += 1
      if file.isPicture { loose += 1 }
    }
    let path = "\(directory.path)"
    guard loose == 0 else {
      return DatasetError(
        .missing, path: path,
        "the pictures in it lie side by side: put those of each class in a folder of its own, class/name.jpg")
    }
    let kinds = found.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.prefix(3)
      .map { "\($0.value.grouped) \($0.value == 1 ? "file" : "files") of the kind \($0.key.name)" }
    return DatasetError(
      .missing, path: path,
      "no data set is in it\(kinds.isEmpty ? "" : ", but \(kinds.joined(separator: ", "))"): what is read is \(known)"
    )
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

extension Directory {
  /// The contents of those files that exist.
  func contents(of names: [String], upTo most: Int) throws(DatasetError) -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for name in names where holds(name) { contents[name] = try file(FilePath(name)).bytes(upTo: most) }
    return contents
  }
}

extension FileKind {
  /// "an HDF5 file", "text".
  var inWords: String {
    switch self {
    case .unknown: "a file of a kind that is not known"
    case .known("text"): "text"
    case .known("CSV"): "a table in text (CSV)"
    case .pickle: "a pickle of Python's"
    case .known("HDF5"), .known("xz"), .known("MP4 or MOV video"), .known("MP3 audio"), .known("AVI video"),
      .known("old Office document"), .known("LMDB"), .known("Arrow"), .known("RAR"), .known("HTML"),
      .known("XML"), .idx:
      "an \(name) file"
    default: "a \(name) file"
    }
  }
}
