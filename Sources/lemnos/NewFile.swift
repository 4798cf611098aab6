import Glibc

/// A file that a command is to write: never one that was there before.
struct NewFile {
  let path: String

  /// Refuses a path at which there is something, before anything else is done.
  init(_ path: String) throws {
    guard access(path, F_OK) != 0 else {
      throw Failure("\(path) exists already, and nothing is overwritten: choose another --out", code: 73)
    }
    self.path = path
  }
}
