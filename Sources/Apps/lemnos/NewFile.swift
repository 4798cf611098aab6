import Glibc

/// An output file of a command; existing files are never overwritten.
struct NewFile {
  let path: String

  /// Throws if the path exists, before any other work is done.
  init(_ path: String) throws {
    guard access(path, F_OK) != 0 else {
      throw Failure("\(path) exists already, and nothing is overwritten: choose another --out", code: 73)
    }
    self.path = path
  }
}
