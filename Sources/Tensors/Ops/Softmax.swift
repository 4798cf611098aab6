extension Tensor {
  /// The same values, through which no gradient flows: as constants of the loss.
  public var detached: Tensor { error == nil ? withGradient("detached", self, of: []) { _ in [] } : self }
}

/// Exponentials along an axis, divided by their sum.
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

/// The logarithm of `softmax`, computed without taking one of a small number.
///
///     y_i = x_i − max − log Σ_j exp(x_j − max)
public func logSoftmax(
  _ x: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let shifted = shifted("logSoftmax", x, axis, Location(file, line))
  guard shifted.error == nil else { return shifted }
  return shifted - log(exp(shifted).sum([axis], keepingAxes: true))
}

/// The logarithm of the sum of exponentials along an axis, which is taken away.
///
///     y = max + log Σ_j exp(x_j − max)
public func logSumExp(
  _ x: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let shifted = shifted("logSumExp", x, axis, Location(file, line))
  guard shifted.error == nil else { return shifted }
  // The maximum counts as a constant on both sides: its gradient is the same with and without.
  return x.max([axis]).detached + log(exp(shifted).sum([axis]))
}

/// The elements less the greatest along an axis, which keeps their exponentials finite; an invalid tensor where there is none.
private func shifted(_ operation: String, _ x: Tensor, _ axis: Int, _ location: Location) -> Tensor {
  guard x.error == nil else { return x }
  guard x.dtype.isFloating else {
    return .invalid(operation, "takes float32 or float64, not \(x.dtype)", at: location)
  }
  guard (-x.rank..<x.rank).contains(axis) else {
    return .invalid(operation, "there is no axis \(axis) in \(x.shape)", at: location)
  }
  // A shift by any constant gives the same result, so that no gradient has to flow through the maximum.
  return x - x.max([axis], keepingAxes: true).detached
}
