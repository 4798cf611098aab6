/// Why a file cannot be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Category: Sendable {
    /// There is no such file, or it cannot be opened.
    case missing
    /// What is there is no file, or not all of it can be read.
    case unusable
    /// It cannot be written.
    case cannotWrite
  }

  public let category: Category
  public let path: String

  /// What is wrong, after the path.
  public let reason: String

  package init(_ category: Category, path: String, _ reason: String) {
    self.category = category
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}
