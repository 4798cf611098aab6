public import Tensors

/// Scales gradients together so that their global norm is at most a limit.
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
