/// Why a model cannot be written for another program, or another program's be read.
public struct ExchangeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, where, and what to do.
  public let reason: String

  package init(_ reason: String) { self.reason = reason }

  public var description: String { reason }
}
