/// The error of a model that cannot be exported to, or imported from, another framework.
public struct ExchangeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The problem, its location, and what to do.
  public let reason: String

  package init(_ reason: String) { self.reason = reason }

  public var description: String { reason }
}
