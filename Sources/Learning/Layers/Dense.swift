public import Tensors

/// A fully connected layer, CS231n's affine layer.
///
///     y = x W + b
///
/// Applies to the last axis, `[…, D]` to `[…, units]`. Images `[N, C, H, W]` are flattened to `[N, D]` with D
/// = C · H · W, and give `[N, units]`, unless the scope says otherwise. `W` is `[D, units]`.
public struct Dense: Layer {
  /// The inputs of a unit.
  public enum Scope: Sendable {
    case lastAxis, example
  }

  public let units: Int
  public let hasBias: Bool
  /// Nil for all of an image, and the last axis of anything else.
  public let scope: Scope?
  /// Nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - units: the number of outputs.
  ///   - scope: what a unit sees: the last axis, or all of an example; nil for all of an image, and the last axis of
  ///     anything else.
  ///   - bias: whether a learned vector is added.
  ///   - weights: how they begin; nil for what the run chooses.
  public init(_ units: Int, of scope: Scope? = nil, bias: Bool = true, weights: Initializer? = nil) {
    precondition(units > 0, "a dense layer needs at least one unit, not \(units)")
    self.units = units
    self.scope = scope
    self.weights = weights
    hasBias = bias
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    let takesAll = scope.map { $0 == .example } ?? (x.rank == 4)
    let rows = takesAll || x.rank <= 2 ? Flatten().forward(x, in: pass) : x.rows
    guard rows.error == nil else { return rows }
    let weight = pass.weight(
      "weight", [rows.shape[1], units], fanIn: rows.shape[1], initializer: weights)
    var y = matmul(rows, weight, precision: pass.precision)
    if let adapter = pass.adapter(of: "weight", weight) {
      let narrow = matmul(rows, adapter.down, precision: pass.precision)
      y = adapter.applied(to: y, matmul(narrow, adapter.up, precision: pass.precision))
    }
    if hasBias { y = y + pass.bias("bias", [units]) }
    return takesAll || x.rank <= 2 ? y : y.reshaped(Shape(x.shape.dimensions.dropLast() + [units]))
  }
}

extension Tensor {
  /// The same elements as a matrix with rows along the last axis.
  fileprivate var rows: Tensor {
    let width = shape[rank - 1]
    return reshaped([shape.dimensions.dropLast().reduce(1, *), width])
  }
}
