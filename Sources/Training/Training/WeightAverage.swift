import Tensors

/// An exponential moving average of a model's parameters: free of the noise of single steps, it often measures better
/// than the last ones.
///
///     a ← a + (1 − d) (w − a)
///
/// The model's own states are the averages a, so that whatever measures, saves or exports the model has them. The
/// optimizer's copies w are trained; both begin with the same values.
///
/// - SeeAlso: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging".
struct WeightAverage {
  let decay: Double
  /// The model's states, with what is trained in place of averages: for a training pass.
  let trained: StateStore

  init(_ decay: Double, of model: StateStore, without frozen: Frozen) {
    self.decay = decay
    trained = StateStore(model) { state in
      guard state.isParameter, !frozen.contains(state) else { return state }
      return State(
        "optimizer.trained.\(state.name)", state.shape, dtype: state.dtype, role: state.role,
        initial: .same(as: state))
    }
  }

  /// The next averages, after updates of what is trained.
  func assignments(of parameters: [State], after updates: [Assignment]) -> [Assignment] {
    let next = Dictionary(updates.map { ($0.state, $0.value) }, uniquingKeysWith: { first, _ in first })
    return parameters.compactMap { parameter in
      trained[parameter.name].flatMap { next[$0] }.map { value in
        Assignment(parameter, parameter.value + (1 - decay) * (value - parameter.value))
      }
    }
  }
}
