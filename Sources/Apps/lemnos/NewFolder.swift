import Files
import Glibc

/// A newly created output folder of a command; existing folders are never used.
struct NewFolder {
  let path: String

  /// - Parameter advice: the alternative to suggest if the folder exists, after "nothing is overwritten: ".
  init(creating path: String, advice: String = "choose another --out") throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    for (index, character) in zip(path.indices, path) where character == "/" && index != path.startIndex {
      try NewFolder.make(String(path[..<index]))
    }
    guard mkdir(path, 0o777) == 0 else { throw NewFolder.failure(path, advice) }
    DurableFile.syncFolder(of: path)
    self.path = path
  }

  /// Creates the first numbered folder that does not exist yet.
  init(numbered prefix: String) throws {
    var number = 1
    while mkdir("\(prefix)-\(number)", 0o777) != 0 {
      guard errno == EEXIST else { throw NewFolder.failure("\(prefix)-\(number)", "") }
      number += 1
    }
    path = "\(prefix)-\(number)"
    DurableFile.syncFolder(of: path)
  }

  /// Removes the folder if nothing was saved in it.
  func removeIfEmpty() { rmdir(path) }

  /// Creates a folder, which may exist.
  static func make(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path, "") }
    DurableFile.syncFolder(of: path)
  }

  private static func failure(_ path: String, _ advice: String) -> Failure {
    if errno == EEXIST {
      return Failure("\(path) exists already, and nothing is overwritten: \(advice)", code: 73)
    }
    return Failure("\(path) cannot be made: \(String(cString: strerror(errno)))", code: 73)
  }
}
