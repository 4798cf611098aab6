import Files

/// The error of a checkpoint that cannot be read, written, or used.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Category: Sendable {
    /// There is no such file, or it cannot be opened.
    case missing
    /// It is no checkpoint, damaged, or of another model.
    case unusable
    /// It cannot be written.
    case cannotWrite
  }

  public let category: Category
  public let path: String

  /// The problem and what to do, after the path.
  public let reason: String

  public init(_ category: Category, path: String, _ reason: String) {
    self.category = category
    self.path = path
    self.reason = reason
  }

  init(_ error: FileError) {
    switch error.category {
    case .missing: self.init(.missing, path: error.path, error.reason)
    case .unusable: self.init(.unusable, path: error.path, "\(error.reason); name a .safetensors file")
    case .cannotWrite: self.init(.cannotWrite, path: error.path, error.reason)
    }
  }

  public var description: String { "\(path): \(reason)" }
}
