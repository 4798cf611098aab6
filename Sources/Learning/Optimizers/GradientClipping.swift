public import Tensors

/// Gradients cut element by element to at most a size.
///
///     g ← min(limit, max(−limit, g))
///
/// - Parameter limit: above 0.
public func clipped(_ gradients: [Tensor], toValue limit: Double) -> [Tensor] {
  gradients.map { minimum(maximum($0, Tensor(-limit, dtype: $0.dtype)), Tensor(limit, dtype: $0.dtype)) }
}

/// Gradients scaled down together, so that their norm as one long vector is at most a limit.
///
///     g ← g · min(1, limit / ‖g‖),   ‖g‖ = √(Σ g² over all elements of all gradients)
///
/// - Parameter limit: above 0.
/// - SeeAlso: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
public func clipped(_ gradients: [Tensor], toNorm limit: Double) -> [Tensor] {
  let squares = gradients.map { ($0 * $0).sum() }
  guard let first = squares.first else { return gradients }
  let norm = sqrt(squares.dropFirst().reduce(first, +))
  // The same quotient, without division by a norm of zero.
  let scale = limit / maximum(norm, Tensor(limit, dtype: norm.dtype))
  return gradients.map { $0 * scale }
}
