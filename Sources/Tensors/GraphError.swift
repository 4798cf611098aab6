/// Why a tensor cannot be computed: the first operation that was given inputs it cannot take.
///
/// An operation never throws. Its result is then an *invalid tensor*, which carries this error through everything
/// that is built on it, until something is compiled from it.
public struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation's name, such as `matmul`.
  public let operation: String

  /// What is wrong with its inputs, with all the shapes involved.
  public let reason: String

  /// The layer in whose forward pass it happened, such as `2 (Dense)`; empty outside any layer.
  public let layerPath: String

  /// The line that asked for the operation, such as `MyModel/Net.swift:12`; empty for operators.
  public let location: String

  package init(_ operation: String, _ reason: String, layerPath: String = "", location: String = "") {
    self.operation = operation
    self.reason = reason
    self.layerPath = layerPath
    self.location = location
  }

  public var description: String {
    let places = [layerPath.isEmpty ? "" : "in layer \(layerPath)", location.isEmpty ? "" : "at \(location)"]
    let place = places.filter { !$0.isEmpty }.joined(separator: ", ")
    return "\(operation): \(reason)" + (place.isEmpty ? "" : " (\(place))")
  }
}

/// What an operation says of inputs that it cannot take.
package struct TypeMismatch: Error {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}
