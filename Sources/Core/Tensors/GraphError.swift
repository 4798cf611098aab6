/// The reason why a tensor cannot be computed: the first operation with invalid inputs.
///
/// Operations never throw. Their result is then an *invalid tensor*, which propagates this error through
/// everything built on it, until something is compiled from it.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation's name, such as `matmul`.
  public let operation: String

  /// The problem with its inputs, with all shapes involved.
  public let reason: String

  /// The layer whose forward pass it occurred in, such as `2 (Dense)`; empty outside layers.
  public let layerPath: String

  /// The source line of the operation, such as `MyModel/Net.swift:12`.
  ///
  /// That of an operator is found by debug information: empty without any.
  public var location: String { site.description }

  private let site: CallSite

  package init(_ operation: String, _ reason: String) {
    self.init(operation, reason, layerPath: "", at: .line(""))
  }

  init(_ operation: String, _ reason: String, layerPath: String, at site: CallSite) {
    (self.operation, self.reason, self.layerPath, self.site) = (operation, reason, layerPath, site)
  }

  public var description: String {
    let places = [layerPath.isEmpty ? "" : "in layer \(layerPath)", location.isEmpty ? "" : "at \(location)"]
    let place = places.filter { !$0.isEmpty }.joined(separator: ", ")
    return "\(operation): \(reason)" + (place.isEmpty ? "" : " (\(place))")
  }
}

/// The error of an operation for invalid inputs.
package struct TypeMismatch: Error {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}
