public import Tensors

/// Some examples, as named tensors whose first axis is that of the examples.
public struct Batch: Sendable {
  /// How many examples.
  public let size: Int
  private var tensors: [String: Tensor]

  public init(size: Int, _ tensors: [String: Tensor]) { (self.size, self.tensors) = (size, tensors) }

  /// The names of its fields, sorted.
  public var fields: [String] { tensors.keys.sorted() }

  /// A field; an invalid tensor for one that there is not.
  public subscript(name: String) -> Tensor {
    get {
      tensors[name]
        ?? .invalid(
          "batch", "has no field '\(name)'; it has \(fields.map { "'\($0)'" }.joined(separator: ", "))")
    }
    set { tensors[name] = newValue }
  }
}
