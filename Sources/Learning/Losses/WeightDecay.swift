public import Tensors

/// The L2 penalty ½ λ Σ w² over parameters.
///
/// - Parameters:
///   - strength: λ.
///   - scope: the parameters: `.weights` exempts biases, scales and shifts.
///   - exempt: parameters that are none of them.
public func weightDecay(
  of states: StateStore, strength: Double, scope: WeightDecayScope = .weights, without exempt: [State] = []
) -> Tensor {
  let exempt = Set(exempt)
  return states.states.filter { scope.includes($0.role) && !exempt.contains($0) }
    .map { (0.5 * strength) * ($0.value * $0.value).sum() }
    .reduce(Tensor(0, dtype: states.dtype)) { $0 + $1 }
}
