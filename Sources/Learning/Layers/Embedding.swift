public import Tensors

/// A learned vector per index: int32, int64 or uint8 `[…]` to `[…, width]`.
///
///     y[i] = table[x[i]]
///
/// Indices outside the table are a caller's error, and are clamped.
public struct Embedding: Layer {
  /// The number of indices, from 0.
  public let count: Int
  public let width: Int
  /// The initializer of the vectors; nil for what the run chooses.
  public let weights: Initializer?

  public init(_ count: Int, width: Int, weights: Initializer? = nil) {
    precondition(count > 0 && width > 0, "an embedding of \(count) numbers as \(width) is none")
    (self.count, self.width, self.weights) = (count, width, weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    let x = x.indicesInInt32
    guard x.dtype == .int32 else {
      return .invalid("embedding", "takes int32 numbers, not \(x.dtype)\(x.shape)")
    }
    // Of variance 1, as in PyTorch: 2 / fanIn. Initializers take the table for a matrix whose rows are summed over, as
    // there.
    let table = pass.weight(
      "weight", [count, width], fanIn: weights == nil ? 2 : width, fanOut: count, initializer: weights)
    return embedding(x, in: table)
  }
}
