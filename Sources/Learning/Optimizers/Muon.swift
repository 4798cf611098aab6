public import Tensors

/// Momentum with orthogonalized updates for matrices; other parameters follow another rule.
///
///     v ← μ v + dw,   u = dw + μ v
///     X₀ = u / ‖u‖,   X ← a X + (b A + c A²) X,  A = X Xᵀ,  five times, (a, b, c) = (3.4445, −4.7750, 2.0315)
///     w ← w − η √(max(1, rows / columns)) X
///
/// The Newton–Schulz iteration brings all singular values near 1. Filters are matrices with one row per
/// filter.
///
/// - SeeAlso: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
public struct Muon: Optimizer {
  public let learningRate: Double
  /// The momentum coefficient μ.
  public let momentum: Double
  /// The rule for biases, scales and shifts.
  ///
  /// Its learning rate keeps its ratio to Muon's.
  public let others: any Optimizer
  public let slots = ["velocity"]

  public init(
    learningRate: Double = 0.02, momentum: Double = 0.95, others: any Optimizer = AdamW(learningRate: 3e-4)
  ) {
    (self.learningRate, self.momentum, self.others) = (learningRate, momentum, others)
  }

  public func rule(for parameter: State) -> any Optimizer {
    parameter.role == .weight && parameter.shape.rank >= 2 ? self : others.rule(for: parameter)
  }

  public func update(
    _ w: Tensor, gradient dw: Tensor, slots: [Tensor], learningRate: Tensor, step: Tensor
  ) -> (parameter: Tensor, slots: [Tensor]) {
    let v = momentum * slots[0] + dw
    let u = dw + momentum * v
    let (rows, columns) = (w.shape[0], w.shape.count / Swift.max(w.shape[0], 1))
    var x = u.reshaped([rows, columns])
    // The smaller of the two Gram matrices.
    let isTall = rows > columns
    if isTall { x = x.transposed() }
    x = x / (sqrt((x * x).sum()) + 1e-7)
    for _ in 0..<5 {
      let a = matmul(x, x.transposed())
      x = 3.4445 * x + matmul(-4.7750 * a + 2.0315 * matmul(a, a), x)
    }
    if isTall { x = x.transposed() }
    let scale = Swift.max(1, Double(rows) / Double(Swift.max(columns, 1))).squareRoot()
    return (w - learningRate * scale * x.reshaped(w.shape), [v])
  }
}
