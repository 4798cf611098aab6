import Glibc

/// A folder of the disk, looked into by name: where fetched files are put.
///
/// `Directory` lists what is in one.
struct Folder {
  let path: String

  init(_ path: String) { self.path = path }

  /// The path of something in this folder.
  func path(of name: String) -> String {
    path.hasSuffix("/") ? path + name : path + "/" + name
  }

  /// Whether there is a file (or a folder) of that name.
  func holds(_ name: String) -> Bool { Self.kind(of: path(of: name)) != nil }

  /// - Throws: `DatasetError`: `.missing` when there is nothing at this path, `.unusable` when it is a file.
  func demandExistence() throws(DatasetError) {
    switch Self.kind(of: path) {
    case .folder: break
    case .other: throw DatasetError(.unusable, path: path, "this is a file: a folder is needed")
    case nil: throw DatasetError(.missing, path: path, "there is no such folder")
    }
  }

  /// Makes the folder, and those above it, where they are not there.
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

  /// Makes the names in the folder safe against a power cut, as far as the file system can.
  func sync() {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  enum Kind { case folder, other }

  /// What is at a path, links followed: nil when nothing is.
  static func kind(of path: String) -> Kind? {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    return info.st_mode & S_IFMT == S_IFDIR ? .folder : .other
  }
}
