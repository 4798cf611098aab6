/// The error of a step that cannot run as requested: an unknown input, or values that do not fit.
public struct SessionError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  package init(_ description: String) { self.description = description }
}
