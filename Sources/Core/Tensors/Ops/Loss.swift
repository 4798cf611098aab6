/// Losses with kernels of their own, because their textbook formula overflows or their gradient is simpler
/// than by the chain rule.
package enum ClassificationLoss: Operation, CaseIterable {
  /// Scores `[N, C]` and labels, int32 `[N]`, to one loss per row, `[N]`.
  case softmaxCrossEntropy

  /// The same inputs to the gradient of each row's loss with respect to its scores, `[N, C]`.
  case softmaxCrossEntropyGradient

  package var name: String {
    switch self {
    case .softmaxCrossEntropy: "softmaxCrossEntropy"
    case .softmaxCrossEntropyGradient: "softmaxCrossEntropyGradient"
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (scores, labels) = (inputs[0], inputs[1])
    guard scores.shape.rank == 2, scores.dtype.isFloating, scores.shape[1] > 0 else {
      throw TypeMismatch("takes float scores [N, C], not \(scores)")
    }
    guard labels == TensorType([scores.shape[0]], .int32) else {
      throw TypeMismatch("scores \(scores.shape) need labels int32[\(scores.shape[0])], not \(labels)")
    }
    return switch self {
    case .softmaxCrossEntropy: TensorType([scores.shape[0]], scores.dtype)
    case .softmaxCrossEntropyGradient: scores
    }
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    switch self {
    case .softmaxCrossEntropy:
      let perRow = Tensor.apply(.loss(.softmaxCrossEntropyGradient), to: inputs)
      return [perRow * dy.reshaped([dy.shape.count, 1]), nil]
    case .softmaxCrossEntropyGradient:
      // p − q per row, where q does not depend on the scores: ∂/∂s Σ g p = p (g − Σ p g).
      let p = softmax(inputs[0])
      return [p * (dy - (p * dy).sum([1], keepingAxes: true)), nil]
    }
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 5 * inputs[0].shape.count }
}

/// The cross-entropy between the softmax of each row of scores and its label, `[N]`.
///
///     loss_i = log Σ_j exp(s_ij) − s_iy = log Σ_j exp(s_ij − max_i) − (s_iy − max_i)
///
/// - Parameters:
///   - scores: `[N, C]`, of any magnitude: the maximum is subtracted first.
///   - labels: int32, int64 or uint8 `[N]`, each from 0 to C − 1. Any other gives a loss and gradient of NaN; if the
///     labels
///     are constants, an invalid tensor.
public func softmaxCrossEntropy(
  _ scores: Tensor, _ labels: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  if let wrong = labels.labelOutside(of: scores) {
    return .invalid("softmaxCrossEntropy", wrong, at: Location(file, line))
  }
  return .apply(.loss(.softmaxCrossEntropy), to: [scores, labels.indicesInInt32], at: Location(file, line))
}

extension Tensor {
  /// A description of the first constant label that is no class of the scores `[N, C]`; nil if all are valid,
  /// or not constants.
  package func labelOutside(of scores: Tensor) -> String? {
    guard scores.error == nil, scores.rank == 2, !dtype.isFloating,
      case .source(.constant(let constant)) = node.op
    else { return nil }
    let classes = scores.shape[1]
    let labels = constant.values.wholeNumbers
    guard let example = labels.firstIndex(where: { !(0..<classes).contains($0) }) else { return nil }
    return
      "example \(example) has the label \(labels[example]), but there are \(classes) classes, from 0 to \(classes - 1)"
  }
}
