import Glibc

/// A folder of files: on disk, or within a zip archive.
struct Directory: Sendable {
  /// For error messages.
  let path: FilePath
  private let place: Place

  private enum Place: Sendable {
    case disk
    case zip(ZipFolder)
  }

  init(_ path: String) { (self.path, place) = (FilePath(path), .disk) }

  private init(_ path: FilePath, _ place: Place) { (self.path, self.place) = (path, place) }

  /// The root folder of an archive.
  ///
  /// - Throws: `DatasetError` (`.unusable`) if two files have one name, or folders are too deep.
  init(of archive: ZipArchive) throws(DatasetError) {
    (path, place) = (FilePath(archive.path), .zip(try ZipFolder(of: archive)))
  }

  enum Kind: Sendable { case file, folder, other }

  struct Entry: Sendable {
    let name: FilePath
    let kind: Kind
  }

  /// Its items, sorted by bytes, including hidden files; links are followed.
  ///
  /// - Throws: `DatasetError`: `.missing` if there is nothing at this path, `.unusable` if it cannot be
  ///   listed.
  func entries() throws(DatasetError) -> [Entry] {
    switch place {
    case .zip(let folder): return folder.entries
    case .disk:
      let folder = Folder("\(path)")
      if path.isText { try folder.demandExistence() }
      guard let handle = path.withCString({ opendir($0) }) else {
        throw DatasetError(.unusable, path: "\(path)", "the folder cannot be read: \(reason(errno))")
      }
      defer { closedir(handle) }
      var names: [FilePath] = []
      while let item = readdir(handle) {
        let name = withUnsafeBytes(of: item.pointee.d_name) { FilePath(bytes: Array($0.prefix { $0 != 0 })) }
        if name.bytes != [0x2E], name.bytes != [0x2E, 0x2E] { names.append(name) }
      }
      return names.sorted(by: FilePath.isBefore).map { Entry(name: $0, kind: Self.kind(path.appending($0))) }
    }
  }

  private static func kind(_ path: FilePath) -> Kind {
    var info = stat()
    guard path.withCString({ stat($0, &info) }) == 0 else { return .other }
    return info.st_mode & S_IFMT == S_IFDIR ? .folder : info.st_mode & S_IFMT == S_IFREG ? .file : .other
  }

  /// The names of its files.
  func fileNames() throws(DatasetError) -> [FilePath] {
    try entries().filter { $0.kind == .file }.map(\.name)
  }

  /// True if there is a file of that name.
  func holds(_ name: String) -> Bool {
    switch place {
    case .zip(let folder): folder.files[FilePath(name)] != nil
    case .disk: Self.kind(path.appending(FilePath(name))) == .file
    }
  }

  /// A folder in it, which may not exist.
  func folder(_ name: FilePath) -> Directory {
    let below = path.appending(name)
    return switch place {
    case .disk: Directory(below, .disk)
    case .zip(let folder): Directory(below, .zip(folder.folders[name] ?? ZipFolder(archive: folder.archive)))
    }
  }

  /// A file in it, which may not exist.
  func file(_ name: FilePath) -> StoredFile {
    switch place {
    case .disk: StoredFile(path: path.appending(name))
    case .zip(let folder):
      if let entry = folder.files[name] {
        StoredFile(path: FilePath(folder.archive.path(of: entry)), in: folder.archive, entry)
      } else {
        StoredFile(path: path.appending(name))
      }
    }
  }

  /// The identity of the folder on disk, independent of its path; nil in an archive.
  var identity: [UInt64]? {
    var info = stat()
    guard case .disk = place, path.withCString({ stat($0, &info) }) == 0 else { return nil }
    return [UInt64(info.st_dev), UInt64(info.st_ino)]
  }
}

extension FilePath {
  fileprivate var isText: Bool { String(validating: bytes, as: UTF8.self) != nil }
}

/// A folder within an archive, with its files by name.
private final class ZipFolder: Sendable {
  let archive: ZipArchive
  let files: [FilePath: ZipArchive.Entry]
  let folders: [FilePath: ZipFolder]

  /// An empty folder.
  init(archive: ZipArchive) { (self.archive, files, folders) = (archive, [:], [:]) }

  convenience init(of archive: ZipArchive) throws(DatasetError) {
    var entries: [(names: ArraySlice<FilePath>, entry: ZipArchive.Entry)] = []
    for entry in archive.entries {
      let names = entry.name.bytes.split(separator: UInt8(ascii: "/")).map { FilePath(bytes: Array($0)) }
        .filter { $0.bytes != [0x2E] }
      guard !names.isEmpty else { continue }
      guard names.count <= ZipArchive.deepest else {
        throw DatasetError(
          .unusable, path: archive.path, "a file lies in \(names.count) folders, more than are looked into")
      }
      entries.append((names[...], entry))
    }
    try self.init(archive: archive, entries)
  }

  private init(
    archive: ZipArchive, _ entries: [(names: ArraySlice<FilePath>, entry: ZipArchive.Entry)]
  ) throws(DatasetError) {
    var files: [FilePath: ZipArchive.Entry] = [:]
    var below: [FilePath: [(names: ArraySlice<FilePath>, entry: ZipArchive.Entry)]] = [:]
    for (names, entry) in entries {
      guard let first = names.first else { continue }
      if names.count > 1 {
        below[first, default: []].append((names.dropFirst(), entry))
      } else if files.updateValue(entry, forKey: first) != nil {
        throw DatasetError(
          .unusable, path: archive.path, "the archive holds \(entry.name) twice: make it anew")
      }
    }
    var folders: [FilePath: ZipFolder] = [:]
    for (name, entries) in below { folders[name] = try ZipFolder(archive: archive, entries) }
    (self.archive, self.files, self.folders) = (archive, files, folders)
  }

  var entries: [Directory.Entry] {
    (files.keys.filter { folders[$0] == nil }.map { Directory.Entry(name: $0, kind: .file) }
      + folders.keys.map { Directory.Entry(name: $0, kind: .folder) })
      .sorted { FilePath.isBefore($0.name, $1.name) }
  }
}
