import Tensors

extension Tensor {
  /// The mean over all but the first axis: one number per example.
  var meanOfExample: Tensor { ofExample { $0.mean([1]) } }

  /// The sum over all but the first axis.
  var sumOfExample: Tensor { ofExample { $0.sum([1]) } }

  /// - Parameter reduce: from `[N, D]` to `[N]`.
  private func ofExample(_ reduce: (Tensor) -> Tensor) -> Tensor {
    guard error == nil else { return self }
    guard rank > 0 else { return .invalid("loss", "takes examples [N, …], not a single number") }
    return rank == 1 ? self : reduce(reshaped([shape[0], shape.dimensions.dropFirst().reduce(1, *)]))
  }
}

/// Applies `body` to a prediction and target of equal shapes; an invalid tensor if the shapes differ.
///
/// Without this check a prediction `[N, 1]` and a target `[N]` would be broadcast to `[N, N]`, a wrong loss.
func matched(
  _ operation: String, _ prediction: Tensor, _ target: Tensor, _ body: (Tensor, Tensor) -> Tensor
) -> Tensor {
  if let invalid = [prediction, target].first(where: { $0.error != nil }) { return invalid }
  guard prediction.dtype.isFloating else {
    return .invalid(operation, "takes a float prediction, not \(prediction.dtype)\(prediction.shape)")
  }
  var target = target
  // A single number of each example may have an axis of its own on one side.
  if target.shape != prediction.shape, target.shape.count == prediction.shape.count,
    target.shape.dimensions.filter({ $0 != 1 }) == prediction.shape.dimensions.filter({ $0 != 1 }),
    target.shape.dimensions.first == prediction.shape.dimensions.first
  {
    target = target.reshaped(prediction.shape)
  }
  guard target.shape == prediction.shape else {
    return .invalid(
      operation,
      "the prediction is \(prediction.shape), but its target is \(target.shape): they have to be alike")
  }
  return body(prediction, target.cast(to: prediction.dtype))
}
