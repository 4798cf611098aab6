/// The error of a data set that could not be read, fetched or used, as one sentence for the user.
public struct DatasetError: Error, Hashable, Sendable {
  /// The kinds of failure that a command line distinguishes.
  public enum Category: Hashable, Sendable {
    /// The data exists but is damaged, inconsistent, or not what was requested.
    case unusable
    /// A file, folder or name does not exist.
    case missing
    /// The network, or a required program, is not available.
    case unavailable
    /// A file cannot be written: no permission, no space, or another file is in its place.
    case cannotWrite
  }

  public let category: Category
  /// The file or folder concerned, if any.
  public let path: String?
  /// The problem, with numbers, and what to do; without the path.
  public let message: String

  public init(_ category: Category, path: String? = nil, _ message: String) {
    self.category = category
    self.path = path
    self.message = message
  }
}

extension DatasetError: CustomStringConvertible {
  /// "path: message", or the message alone.
  public var description: String {
    guard let path else { return message }
    return "\(path): \(message)"
  }
}
