extension Tensor {
  /// The same values without gradients (stop-gradient).
  public var detached: Tensor { error == nil ? withGradient("detached", self, of: []) { _ in [] } : self }
}

/// The softmax along an axis.
///
///     y_i = exp(x_i − max) / Σ_j exp(x_j − max)
///
/// - Parameter axis: from 0, or from −1, the last, downwards.
public func softmax(_ x: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
  let shifted = shifted("softmax", x, axis, Location(file, line))
  guard shifted.error == nil else { return shifted }
  let powers = exp(shifted)
  return powers / powers.sum([axis], keepingAxes: true)
}

/// The logarithm of `softmax`, computed without the logarithm of a small number.
///
///     y_i = x_i − max − log Σ_j exp(x_j − max)
public func logSoftmax(
  _ x: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let shifted = shifted("logSoftmax", x, axis, Location(file, line))
  guard shifted.error == nil else { return shifted }
  return shifted - log(exp(shifted).sum([axis], keepingAxes: true))
}

/// The logarithm of the sum of exponentials along an axis, which is removed.
///
///     y = max + log Σ_j exp(x_j − max)
public func logSumExp(
  _ x: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let shifted = shifted("logSumExp", x, axis, Location(file, line))
  guard shifted.error == nil else { return shifted }
  // The maximum is a constant in both terms: the gradient is the same either way.
  return x.max([axis]).detached + log(exp(shifted).sum([axis]))
}

/// The elements minus the maximum along an axis, which keeps their exponentials finite; an invalid tensor for
/// an invalid axis.
private func shifted(_ operation: String, _ x: Tensor, _ axis: Int, _ location: Location) -> Tensor {
  guard x.error == nil else { return x }
  guard x.dtype.isFloating else {
    return .invalid(operation, "takes float32 or float64, not \(x.dtype)", at: location)
  }
  guard (-x.rank..<x.rank).contains(axis) else {
    return .invalid(operation, "there is no axis \(axis) in \(x.shape)", at: location)
  }
  // Shift-invariant, so no gradient flows through the maximum.
  return x - x.max([axis], keepingAxes: true).detached
}
