public import Tensors

/// A classification loss: a number per example from its scores and label.
public struct Loss: Sendable {
  public let name: String

  /// Scores `[N, C]` and labels, int32, int64 or uint8 `[N]`, to losses `[N]`.
  public let perExample: @Sendable (_ scores: Tensor, _ labels: Tensor) -> Tensor

  public init(_ name: String, perExample: @escaping @Sendable (_ scores: Tensor, _ labels: Tensor) -> Tensor)
  {
    self.name = name
    self.perExample = perExample
  }

  /// The mean over the batch.
  public func callAsFunction(_ scores: Tensor, _ labels: Tensor) -> Tensor {
    perExample(scores, labels).mean()
  }
}
