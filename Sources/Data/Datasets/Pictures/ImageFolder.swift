import Pictures

/// Pictures in folders, one per class, found but not yet read: `class/name.jpg`, at any depth below the
/// class.
///
/// Class folders in folders named after splits (`train`, `val`, `test` and the like) form those splits;
/// otherwise a tenth of each class is held out for testing (`Holdout`). The content decides whether a file is
/// a picture; all others are counted.
struct ImageFolder {
  struct File {
    let place: StoredFile
    let label: Int32
    /// Determines the order.
    fileprivate let hash: UInt64
  }

  let path: String
  /// The folders' names, sorted by bytes.
  let classNames: [String]
  /// Empty if there is a test split only.
  let training: [File]
  /// Nil if `ValidationSplit` is to hold some out.
  let validation: [File]?
  let test: [File]
  /// True if the test pictures are in a folder of their own.
  let hasParts: Bool
  /// All files below, by kind.
  let contents: [FileCount]
  /// Sentences for the user.
  let notes: [String]

  /// - Parameter threads: the number of threads that inspect files.
  /// - Returns: nil if there are no pictures in folders.
  /// - Throws: `DatasetError` if a folder cannot be read, or if its classes are ambiguous.
  init?(in directory: Directory, threads: Int) throws(DatasetError) {
    path = "\(directory.path)"
    var tree = try FileTree(directory, threads: threads)
    var notes: [String] = []
    while let wrapped = tree.root.onlyFolderOfFolders {
      for file in tree.root.files { tree.account.add("files beside the folders of classes", file.place.path) }
      notes.append("the classes are the folders in \(wrapped.path)")
      tree.root = wrapped
    }
    var account = tree.account
    let layout = try PictureLayout(of: tree.root, &account)
    switch layout {
    case .loose, .nothing: return nil
    case .classes(let folders):
      let classes = try Classes(folders, in: tree.root)
      account.add(classes, beside: tree.root.folders.filter { !$0.hasPictures })
      classNames = classes.names
      let parted = classes.files.map(Holdout.parted)
      training = Self.ordered(parted.flatMap(\.training))
      test = Self.ordered(parted.flatMap(\.test))
      (validation, hasParts) = (nil, false)
    case .parts(let trainingFolder, let validationFolder, let testFolder):
      let parts = try [trainingFolder, validationFolder, testFolder].map { (folder) throws(DatasetError) in
        try folder.map { (folder) throws(DatasetError) in
          try Classes(folder.folders.filter(\.hasPictures), in: folder)
        }
      }
      for (folder, classes) in zip([trainingFolder, validationFolder, testFolder], parts) {
        guard let folder, let classes else { continue }
        account.add(classes, beside: folder.folders.filter { !$0.hasPictures })
        for file in folder.files { account.add("files beside the folders of classes", file.place.path) }
      }
      account.addEmpty(tree.root.folders.filter { !$0.hasPictures })
      (classNames, hasParts) = ((parts[0] ?? parts[2] ?? parts[1])?.names ?? [], true)
      let known = classNames
      func files(_ part: Int, _ folder: FileTree.Folder?) throws(DatasetError) -> [File]? {
        guard let classes = parts[part] else { return nil }
        return Self.ordered(try classes.files(labelledAs: known, in: folder?.path).flatMap(\.self))
      }
      let validation = try files(1, validationFolder)
      let test = try files(2, testFolder)
      if let test {
        (self.training, self.validation, self.test) = (try files(0, trainingFolder) ?? [], validation, test)
      } else if let validation {
        // If there are two splits, the second is the test set.
        (training, self.validation, self.test) = (try files(0, trainingFolder) ?? [], nil, validation)
      } else {
        let parted = (parts[0]?.files ?? []).map(Holdout.parted)
        training = Self.ordered(parted.flatMap(\.training))
        self.test = Self.ordered(parted.flatMap(\.test))
        self.validation = nil
        notes.append("there is no folder test with class folders: a tenth of train is held out for testing")
      }
    }
    contents = account.counts
    // Files with a picture's name but other content are reported individually when they are read.
    let leftOut = account.counts.filter { !$0.isUsed && $0.what != FileAccount.falselyNamed }
    self.notes = notes + leftOut.map(\.note)
  }
}

extension ImageFolder {
  /// Sorted by hash.
  static func ordered(_ files: [File]) -> [File] {
    files.sorted { $0.hash != $1.hash ? $0.hash < $1.hash : FilePath.isBefore($0.place.path, $1.place.path) }
  }

  /// The class folders of one split, and their pictures.
  struct Classes {
    let names: [String]
    let folders: [FileTree.Folder]
    /// Per class, sorted by hash.
    let files: [[File]]

    /// - Throws: `DatasetError` (`.unusable`) if two names are canonically equivalent.
    init(_ folders: [FileTree.Folder], in parent: FileTree.Folder) throws(DatasetError) {
      self.folders = folders.sorted { FilePath.isBefore($0.name, $1.name) }
      names = self.folders.map { "\($0.name)" }
      var seen: [String: Int] = [:]
      for (index, name) in names.enumerated() {
        // Swift compares strings by canonical equivalence: é may be one character, or e and an accent.
        guard let other = seen.updateValue(index, forKey: name) else { continue }
        throw DatasetError(
          .unusable, path: "\(parent.path)",
          "two class folders have names that read the same, \(Classes.spelled(names[other])) and \(Classes.spelled(name)), "
            + "but are coded in two ways: put their pictures into one")
      }
      files = self.folders.enumerated().map { label, folder in
        ImageFolder.ordered(
          folder.pictures.map { name, file in
            File(
              place: file.place, label: Int32(label),
              hash: Holdout.hash(class: folder.name.bytes, image: name))
          })
      }
    }

    /// With every non-ASCII character escaped.
    private static func spelled(_ name: String) -> String {
      "\"" + name.unicodeScalars.map { $0.isASCII ? String($0) : $0.escaped(asASCII: true) }.joined() + "\""
    }

    /// The pictures, labelled by the classes of another split.
    ///
    /// - Throws: `DatasetError` (`.unusable`) for a class that does not exist there.
    func files(labelledAs known: [String], in path: FilePath?) throws(DatasetError) -> [[File]] {
      let labels = Dictionary(known.enumerated().map { ($1, Int32($0)) }) { first, _ in first }
      var result: [[File]] = []
      for (name, files) in zip(names, files) {
        guard let label = labels[name] else {
          throw DatasetError(
            .unusable, path: path?.description, "the class \(name) has pictures here, but none in train")
        }
        result.append(files.map { File(place: $0.place, label: label, hash: $0.hash) })
      }
      return result
    }
  }
}

extension FileTree.Folder {
  /// The only folder in this one, if it holds the folders of classes or splits: archives often have one
  /// around all.
  fileprivate var onlyFolderOfFolders: FileTree.Folder? {
    let folders = self.folders.filter(\.hasPictures)
    guard folders.count == 1, !files.contains(where: \.isPicture),
      PictureLayout.Part(folder: folders[0].name) == nil,
      !folders[0].files.contains(where: \.isPicture), !folders[0].folders.isEmpty
    else { return nil }
    return folders[0]
  }
}

extension FileAccount {
  fileprivate static let falselyNamed = "files that are called pictures and are none"

  /// Counts the files in class folders, and the folders beside them without pictures.
  fileprivate mutating func add(_ classes: ImageFolder.Classes, beside empty: [FileTree.Folder]) {
    for folder in classes.folders { folder.forEachFile { add($0) } }
    addEmpty(empty)
  }

  fileprivate mutating func addEmpty(_ folders: [FileTree.Folder]) {
    for folder in folders {
      add("folders without a picture, which are no classes", folder.path)
      folder.forEachFile { add($0) }
    }
  }

  mutating func add(_ file: FileTree.File) {
    switch file.kind {
    case .picture(let format) where format.isRead:
      add("\(format.rawValue) pictures", file.place.path, isUsed: true)
    case .picture(let format):
      add("\(format.rawValue) pictures, which are not read (make them JPEG or PNG)", file.place.path)
    case _ where file.isPicture: add(Self.falselyNamed, file.place.path)
    case .empty: add("empty files", file.place.path)
    case .unknown: add("files of a kind that is not known", file.place.path)
    case .closed: add("files that cannot be opened", file.place.path)
    default: add("\(file.kind.name) files", file.place.path)
    }
  }
}
