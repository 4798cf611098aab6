/// Pictures in folders, one for each class, found but not yet read: `class/name.jpg`.
///
/// Where such folders lie in `train` and in `test` (or in `val` and its kin), those are the two parts. Elsewhere a tenth
/// of each class is held out for testing. Which pictures those are, and the order of all, follows from a hash of class and
/// name: it is no order that anybody chose, and it stays when other pictures come or go.
struct ImageFolder {
  struct File {
    let path: String
    let label: Int32
  }

  let path: String
  /// The folders' names in order, byte by byte.
  let classNames: [String]
  let training: [File]
  let test: [File]
  /// Whether the two lie in folders of their own.
  let hasParts: Bool
  /// What was left aside, in one sentence each.
  let notes: [String]

  /// What the folder of the other part may be called; the first that is there counts.
  static let testNames = ["test", "val", "validation", "valid"]

  /// - Returns: nil when no pictures lie in folders there.
  /// - Throws: `DatasetError` when a folder cannot be read, or when the classes of the two parts differ.
  init?(at path: String) throws(DatasetError) {
    self.path = path
    let folder = Folder(path)
    let names = try folder.names()
    var notes: [String] = []
    let trainingClasses = names.contains("train") ? try Self.classes(in: folder.path(of: "train")) : [:]
    guard !trainingClasses.isEmpty else {
      let classes = try Self.classes(in: path)
      guard !classes.isEmpty else {
        guard let part = Self.testNames.first(where: names.contains) else { return nil }
        let testClasses = try Self.classes(in: folder.path(of: part))
        guard !testClasses.isEmpty else { return nil }
        (classNames, training, hasParts, self.notes) = (Self.names(of: testClasses), [], true, [])
        test = Self.ordered(Self.files(of: testClasses, classNames).flatMap(\.self))
        return
      }
      classNames = Self.names(of: classes)
      let all = Self.files(of: classes, classNames)
      var (training, test): ([File], [File]) = ([], [])
      for files in all {
        // Rounded up, but a class with one picture has none to spare.
        let held = files.count == 1 ? 0 : (files.count + 9) / 10
        test += files[..<held]
        training += files[held...]
      }
      (self.training, self.test, hasParts) = (Self.ordered(training), Self.ordered(test), false)
      self.notes = Self.note(of: names.filter { classes[$0] == nil }, in: folder).map { [$0] } ?? []
      return
    }
    classNames = Self.names(of: trainingClasses)
    hasParts = true
    training = Self.ordered(Self.files(of: trainingClasses, classNames).flatMap(\.self))
    let parts = Self.testNames.filter(names.contains)
    guard let part = parts.first else {
      throw DatasetError(
        .missing, path: path,
        "there is a folder train, but none with pictures to test on: call it test or val")
    }
    let testClasses = try Self.classes(in: folder.path(of: part))
    if let stranger = testClasses.keys.sorted().first(where: { trainingClasses[$0] == nil }) {
      throw DatasetError(
        .unusable, path: folder.path(of: part), "the class \(stranger) has pictures here, but none in train")
    }
    test = Self.ordered(Self.files(of: testClasses, classNames).flatMap(\.self))
    if parts.count > 1 {
      notes.append(
        "\(folder.path(of: parts[1])) is left aside: held-out pictures are taken from train, by --validation")
    }
    self.notes = notes
  }

  /// The names of the pictures in each folder that has some.
  private static func classes(in path: String) throws(DatasetError) -> [String: [File]] {
    let folder = Folder(path)
    guard Folder.kind(of: path) == .folder else { return [:] }
    var classes: [String: [File]] = [:]
    for name in try folder.names() where Folder.kind(of: folder.path(of: name)) == .folder {
      let pictures = Folder(folder.path(of: name))
      let files = try pictures.names().filter(PictureFile.isNamed).map {
        File(path: pictures.path(of: $0), label: 0)
      }
      if !files.isEmpty { classes[name] = files }
    }
    return classes
  }

  private static func names(of classes: [String: [File]]) -> [String] {
    classes.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The files of each class, labelled, in the order of their hashes.
  private static func files(of classes: [String: [File]], _ names: [String]) -> [[File]] {
    names.enumerated().map { label, name in
      ordered((classes[name] ?? []).map { File(path: $0.path, label: Int32(label)) })
    }
  }

  static func ordered(_ files: [File]) -> [File] {
    files.map { (hash: hash(of: $0), file: $0) }
      .sorted { ($0.hash, $0.file.path) < ($1.hash, $1.file.path) }.map(\.file)
  }

  /// FNV-1a of class and name, with its bits mixed once more: its upper ones hardly depend on the last letters.
  ///
  /// - SeeAlso: Fowler, Noll & Vo, and the finalizer of Steele, Lea & Flood 2014.
  private static func hash(of file: File) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let name = file.path.split(separator: "/").suffix(2).joined(separator: "/")
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  private static func note(of names: [String], in folder: Folder) -> String? {
    let empty = names.filter { Folder.kind(of: folder.path(of: $0)) == .folder }
    guard let first = empty.first else { return nil }
    let more = empty.count == 1 ? "" : " (and \(empty.count - 1) more folders)"
    return "\(folder.path(of: first))\(more) has no PNG or JPEG pictures directly in it, and is no class"
  }
}
