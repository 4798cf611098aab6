public import Tensors

/// A batch of examples: named tensors whose first axis is the example.
public struct Batch: Sendable {
  /// The number of examples.
  public let size: Int
  private var tensors: [String: Tensor]

  public init(size: Int, _ tensors: [String: Tensor]) { (self.size, self.tensors) = (size, tensors) }

  /// The names of its fields, sorted.
  public var fields: [String] { tensors.keys.sorted() }

  /// A field; an invalid tensor for an unknown name.
  public subscript(name: String) -> Tensor {
    get {
      tensors[name]
        ?? .invalid(
          "batch", "has no field '\(name)'; it has \(fields.map { "'\($0)'" }.joined(separator: ", "))")
    }
    set { tensors[name] = newValue }
  }
}
