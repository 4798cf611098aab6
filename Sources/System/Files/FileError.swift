/// The error of a file that cannot be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Category: Sendable {
    /// It does not exist, or cannot be opened.
    case missing
    /// It is no regular file, or cannot be read completely.
    case unusable
    /// It cannot be written.
    case cannotWrite
  }

  public let category: Category
  public let path: String

  /// The problem, after the path.
  public let reason: String

  package init(_ category: Category, path: String, _ reason: String) {
    self.category = category
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}
