/// Why a step cannot run as it was asked to: an input that it has not, or values that do not fit.
public struct SessionError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  package init(_ description: String) { self.description = description }
}
