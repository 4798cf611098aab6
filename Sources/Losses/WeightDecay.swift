public import Tensors

/// The L2 penalty ½ λ Σ w² over all weights; biases, scales and shifts are exempt.
///
/// - Parameter strength: λ.
public func weightDecay(of states: StateStore, strength: Double) -> Tensor {
  states.states.filter { $0.role == .weight }
    .map { (0.5 * strength) * ($0.value * $0.value).sum() }
    .reduce(Tensor(0, dtype: states.dtype)) { $0 + $1 }
}
