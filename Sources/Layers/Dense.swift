public import Tensors

/// A fully connected layer, CS231n's affine layer.
///
///     y = x W + b
///
/// `x` is `[N, d₁, …]`, read as `[N, D]` with D = d₁ · …; `W` is `[D, units]`, and `y` is `[N, units]`.
public struct Dense: Layer {
  public let units: Int
  public let hasBias: Bool

  /// - Parameters:
  ///   - units: the number of outputs.
  ///   - bias: whether a learned vector is added.
  public init(_ units: Int, bias: Bool = true) {
    precondition(units > 0, "a dense layer needs at least one unit, not \(units)")
    self.units = units
    hasBias = bias
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let x = Flatten().forward(x, in: pass)
    guard x.error == nil else { return x }
    let weight = pass.weight("weight", [x.shape[1], units], fanIn: x.shape[1])
    let y = matmul(x, weight, precision: pass.precision)
    return hasBias ? y + pass.bias("bias", [units]) : y
  }
}
