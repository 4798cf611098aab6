import Dispatch
import Pictures
import Synchronization
import Wording

/// All files below a folder, with their kinds, except those made by operating systems.
struct FileTree {
  struct File {
    let name: FilePath
    let place: StoredFile
    var kind = FileKind.unknown

    /// True if it is read as a picture: it is one, or has a picture's name and an unknown kind.
    ///
    /// A file with a picture's name but other content counts as a bad one, and is not ignored.
    var isPicture: Bool {
      switch kind {
      case .picture(let format): format.isRead
      default: PictureFile.isNamed("\(name)")
      }
    }
  }

  struct Folder {
    let name: FilePath
    let path: FilePath
    var files: [File] = []
    var folders: [Folder] = []

    /// True if there is a picture in it, at any depth.
    var hasPictures: Bool { files.contains(where: \.isPicture) || folders.contains(where: \.hasPictures) }
  }

  var root: Folder
  /// The files ignored so far.
  var account: FileAccount

  /// Folders that systems create beside users' files, some with pictures of their own: Synology, macOS,
  /// Windows.
  private static let systemFolders: Set<FilePath> = Set(
    [
      "@eaDir", "#recycle", "__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found",
      "__pycache__",
    ].map {
      FilePath($0)
    })

  /// A bound, because links between folders could make them endless.
  private static let mostFolders = 1_000_000

  /// - Parameter threads: the number of threads that inspect files.
  /// - Throws: `DatasetError` if a folder cannot be read.
  init(_ directory: Directory, threads: Int) throws(DatasetError) {
    var walk = Walk(account: FileAccount(root: directory.path))
    root = try walk.folder(directory, named: directory.path, above: [])
    account = walk.account
    // Files are opened in parallel, because that takes longer than listing them.
    var places: [StoredFile] = []
    root.forEachFile { places.append($0.place) }
    let kinds = FileTree.kinds(of: places, threads: threads)
    var next = 0
    root.setKinds(kinds, &next)
  }

  private struct Walk {
    var account: FileAccount
    var folders = 0

    mutating func folder(
      _ directory: Directory, named name: FilePath, above: [[UInt64]]
    ) throws(DatasetError) -> Folder {
      folders += 1
      guard folders <= FileTree.mostFolders else {
        throw DatasetError(
          .unusable, path: "\(account.root)",
          "there are more than \(FileTree.mostFolders.grouped) folders below it: do links lead to and fro?")
      }
      let above = directory.identity.map { above + [$0] } ?? above
      var folder = Folder(name: name, path: directory.path)
      for entry in try directory.entries() {
        let path = directory.path.appending(entry.name)
        if entry.name.isHidden {
          // The system's, such as "._cat.jpg" on disks written by a Mac.
          account.add(entry.kind == .folder ? "hidden folders" : "hidden files", path)
        } else if entry.kind != .folder {
          folder.files.append(File(name: entry.name, place: directory.file(entry.name)))
        } else if FileTree.systemFolders.contains(entry.name) {
          account.add("folders of the system", path)
        } else {
          let below = directory.folder(entry.name)
          if let identity = below.identity, above.contains(identity) {
            account.add("links that lead back to a folder above them", path)
          } else {
            folder.folders.append(try self.folder(below, named: entry.name, above: above))
          }
        }
      }
      return folder
    }
  }

  private static func kinds(of files: [StoredFile], threads: Int) -> [FileKind] {
    let kinds = Mutex([FileKind](repeating: .closed, count: files.count))
    let next = Atomic(0)
    // In batches, or threads would contend for the list.
    let some = 64
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, files.count / some))) { _ in
      while true {
        let start = next.add(some, ordering: .relaxed).oldValue
        guard start < files.count else { return }
        let own = files[start..<min(start + some, files.count)].map { file in
          (try? file.head(FileKind.headCount)).map(FileKind.init(head:)) ?? .closed
        }
        kinds.withLock { $0.replaceSubrange(start..<start + own.count, with: own) }
      }
    }
    return kinds.withLock { $0 }
  }
}

extension FileTree.Folder {
  /// Its own files, then those of its folders.
  func forEachFile(_ body: (FileTree.File) -> Void) {
    files.forEach(body)
    for folder in folders { folder.forEachFile(body) }
  }

  fileprivate mutating func setKinds(_ kinds: [FileKind], _ next: inout Int) {
    for index in files.indices {
      files[index].kind = kinds[next]
      next += 1
    }
    for index in folders.indices { folders[index].setKinds(kinds, &next) }
  }

  /// Its pictures at any depth, each with its path relative to the folder: "1.jpg", "kittens/2.jpg".
  var pictures: [(name: [UInt8], file: FileTree.File)] {
    files.filter(\.isPicture).map { ($0.name.bytes, $0) }
      + folders.flatMap { folder in
        folder.pictures.map { (folder.name.bytes + [0x2F] + $0.name, $0.file) }
      }
  }
}
