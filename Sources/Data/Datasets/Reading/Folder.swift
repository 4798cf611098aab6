import Glibc

/// A folder on disk, accessed by name: the target of downloads.
///
/// `Directory` lists a folder's contents.
struct Folder {
  let path: String

  init(_ path: String) { self.path = path }

  /// The path of an item in this folder.
  func path(of name: String) -> String {
    path.hasSuffix("/") ? path + name : path + "/" + name
  }

  /// True if there is a file or folder of that name.
  func holds(_ name: String) -> Bool { Self.kind(of: path(of: name)) != nil }

  /// - Throws: `DatasetError`: `.missing` if there is nothing at this path, `.unusable` if it is a file.
  func demandExistence() throws(DatasetError) {
    switch Self.kind(of: path) {
    case .folder: break
    case .other: throw DatasetError(.unusable, path: path, "this is a file: a folder is needed")
    case nil: throw DatasetError(.missing, path: path, "there is no such folder")
    }
  }

  /// Creates the folder and its ancestors if needed.
  ///
  /// - Throws: `DatasetError` (`.cannotWrite`).
  func create() throws(DatasetError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += component
      guard mkdir(prefix, 0o777) == 0 || Self.kind(of: prefix) == .folder else {
        throw DatasetError(.cannotWrite, path: prefix, "the folder cannot be made: \(reason(errno))")
      }
      prefix += "/"
    }
  }

  /// Makes the folder's entries durable, as far as the file system supports it.
  func sync() {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  enum Kind { case folder, other }

  /// The kind of item at a path, following links; nil if there is none.
  static func kind(of path: String) -> Kind? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    return info.st_mode & S_IFMT == S_IFDIR ? .folder : .other
  }
}
