public import Tensors

/// The triplet loss: an example should be nearer to one of its class than to another, by a margin: `[N, D]`
/// each, to `[N]`.
///
///     loss = max(0, ‖a − p‖ − ‖a − n‖ + margin)
///
/// - SeeAlso: Schroff, Kalenichenko & Philbin 2015, "FaceNet", equation 2, with unsquared distances, as in
///   PyTorch.
public func tripletLoss(
  anchor: Tensor, positive: Tensor, negative: Tensor, margin: Double = 1
) -> Tensor {
  func distance(_ a: Tensor, _ b: Tensor) -> Tensor {
    matched("tripletLoss", a, b) { a, b in
      let difference = a - b + 1e-6
      return sqrt((difference * difference).sumOfExample)
    }
  }
  return relu(distance(anchor, positive) - distance(anchor, negative) + margin)
}
