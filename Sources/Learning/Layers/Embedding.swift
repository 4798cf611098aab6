public import Tensors

/// A learned vector per index: int32 `[…]` to `[…, width]`.
///
///     y[i] = table[x[i]]
///
/// Indices outside the table are a caller's error, and are clamped.
public struct Embedding: Layer {
  /// The number of indices, from 0.
  public let count: Int
  public let width: Int

  public init(_ count: Int, width: Int) {
    precondition(count > 0 && width > 0, "an embedding of \(count) numbers as \(width) is none")
    (self.count, self.width) = (count, width)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.dtype == .int32 else {
      return .invalid("embedding", "takes int32 numbers, not \(x.dtype)\(x.shape)")
    }
    // Variance 1, as in PyTorch: 2 / fanIn.
    return embedding(x, in: pass.weight("weight", [count, width], fanIn: 2))
  }
}
