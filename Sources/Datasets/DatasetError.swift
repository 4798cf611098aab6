/// Why a data set could not be read, fetched or used, in one sentence for the person at the keyboard.
public struct DatasetError: Error, Hashable, Sendable {
  /// What kind of failure it is, as far as a command line must tell them apart.
  public enum Category: Hashable, Sendable {
    /// The data is there but is damaged, contradicts itself, or is not what was asked for.
    case unusable
    /// A file, folder or name is not there.
    case missing
    /// The network, or a program that is needed, is not available.
    case unavailable
    /// A file cannot be written: no permission, no space, or another file is in its place.
    case cannotWrite
  }

  public let category: Category
  /// The file or folder that it is about, where there is one.
  public let path: String?
  /// What is wrong, with the numbers, and what to do; it does not name the path.
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
