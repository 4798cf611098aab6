import Tensors

extension Loss {
  /// The multiclass support vector machine's loss.
  ///
  ///     loss_i = Σ_{j ≠ y} max(0, s_ij − s_iy + 1)
  ///
  /// A label that is no class makes the example's loss NaN.
  ///
  /// - SeeAlso: Weston & Watkins 1999, "Support vector machines for multi-class pattern recognition".
  public static let hinge = Loss("hinge") { scores, labels in
    guard scores.error == nil, labels.error == nil else { return scores + labels }
    guard scores.rank == 2, labels.shape == [scores.shape[0]] else {
      return .invalid("hinge", "takes scores [N, C] and labels [N], not \(scores.shape) and \(labels.shape)")
    }
    if let wrong = labels.labelOutside(of: scores) { return .invalid("hinge", wrong) }
    let isLabel = labels.indicesInInt32.reshaped([labels.shape[0], 1]) .== Tensor.indices(scores.shape[1])
    let zero = Tensor(0, dtype: scores.dtype)
    let own = select(isLabel, scores, zero).sum([1], keepingAxes: true)
    let loss = select(isLabel, zero, relu(scores - own + 1)).sum([1])
    let isClass = isLabel.cast(to: .int32).sum([1])
    return select(isClass, loss, Tensor(.nan, dtype: scores.dtype))
  }
}
