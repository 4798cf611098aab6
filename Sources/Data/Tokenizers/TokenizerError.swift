/// The error of a tokenizer that cannot be read, made, written or used, as one sentence for the user.
public struct TokenizerError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Category: Hashable, Sendable {
    /// There is no such file, or it cannot be opened.
    case missing
    /// It is damaged or contradicts itself, or has something that Lemnos does not have.
    case unusable
    /// It cannot be written.
    case cannotWrite
    /// The text or the ids are none that this tokenizer can take.
    case badInput
  }

  public let category: Category

  /// The file concerned, if any.
  public let path: String?

  /// The problem, with values, and what to do; without the path.
  public let message: String

  public init(_ category: Category, path: String? = nil, _ message: String) {
    self.category = category
    self.path = path
    self.message = message
  }

  public var description: String { path.map { "\($0): \(message)" } ?? message }

  /// The same error, of a file.
  func of(_ path: String) -> TokenizerError { TokenizerError(category, path: self.path ?? path, message) }
}
