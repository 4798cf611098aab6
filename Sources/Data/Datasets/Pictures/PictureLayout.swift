/// The arrangement of pictures in folders, detected from the folders' names and contents.
enum PictureLayout {
  /// Folders of splits, each with class folders.
  case parts(training: FileTree.Folder?, validation: FileTree.Folder?, test: FileTree.Folder?)
  /// Class folders.
  case classes([FileTree.Folder])
  /// Pictures without class folders.
  case loose
  case nothing

  enum Part: String, CaseIterable {
    case training, validation, test

    /// The names of its folder, case-insensitive.
    var names: [String] {
      switch self {
      case .training: ["train", "training"]
      case .validation: ["val", "valid", "validation"]
      case .test: ["test", "testing"]
      }
    }

    /// - Returns: nil for any other name.
    init?(folder name: FilePath) {
      let name = "\(name)".lowercased()
      guard let part = Part.allCases.first(where: { $0.names.contains(name) }) else { return nil }
      self = part
    }
  }

  /// Detects the layout, and counts ignored folders with the reason.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if two folders are the same split.
  init(of root: FileTree.Folder, _ account: inout FileAccount) throws(DatasetError) {
    let folders = root.folders.filter(\.hasPictures)
    var parts: [Part: FileTree.Folder] = [:]
    var loose: [Part: FileTree.Folder] = [:]
    for folder in folders {
      guard let part = Part(folder: folder.name) else { continue }
      let hasClasses = folder.folders.contains(where: \.hasPictures)
      if let other = hasClasses ? parts[part] : loose[part] {
        throw DatasetError(
          .unusable, path: "\(root.path)",
          "there are two folders of one part, \(other.name) and \(folder.name): keep one")
      }
      if hasClasses { parts[part] = folder } else { loose[part] = folder }
    }
    let others = folders.filter { folder in
      !parts.values.contains { $0.name == folder.name } && !loose.values.contains { $0.name == folder.name }
    }
    let unlabelled = "files of a part without class folders (lemnos predict says what is on pictures)"
    let beside = "files beside the folders of classes"
    for file in root.files { account.add(beside, file.place.path) }
    guard parts.isEmpty else {
      guard parts[.training] != nil || others.isEmpty else {
        throw DatasetError(
          .unusable, path: "\(root.path)",
          "there are class folders both in it and in \(parts.values.map { "\($0.name)" }.sorted().joined(separator: ", ")): "
            + "put those to train on in a folder train")
      }
      for folder in others {
        folder.forEachFile { account.add("files in folders beside train, val and test", $0.place.path) }
      }
      for (_, folder) in loose.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        folder.forEachFile { account.add(unlabelled, $0.place.path) }
      }
      self = .parts(training: parts[.training], validation: parts[.validation], test: parts[.test])
      return
    }
    // Unlabelled test pictures are no class of that name. A folder train beside others is one: of railways.
    let test = others.isEmpty ? nil : loose[.test]
    test?.forEachFile { account.add(unlabelled, $0.place.path) }
    let classes = folders.filter { $0.name != test?.name }
    // If all folders are named after splits, they are no classes.
    if others.isEmpty {
      self = root.hasPictures ? .loose : .nothing
    } else {
      self = .classes(classes)
    }
  }
}
