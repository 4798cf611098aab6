import Sessions
import Tensors

extension TensorValues {
  /// Numbers between −scale and scale that look like chance, as the scripts of Fixtures make them.
  static func byFormula(_ shape: Shape, seed: Int, scale: Double, plus offset: Double = 0) -> TensorValues {
    let numbers = (0..<shape.count).map { index -> Double in
      let remainder = (index * 7919 + seed * 104_729) % 2003
      return scale * (Double(remainder) / 1001.5 - 1) + offset
    }
    return TensorValues(converting: numbers, shape: shape, to: .float32)
  }
}

extension Session {
  /// Parameters by the formula, in the order of their names.
  func setByFormula(_ states: StateStore) throws {
    for (seed, state) in states.states.sorted(by: { $0.name < $1.name }).enumerated() {
      let isScale = state.name.contains("norm") && state.name.hasSuffix("weight")
      try set(
        state,
        to: TensorValues.byFormula(
          state.shape, seed: seed, scale: state.shape.rank > 1 ? 0.3 : 0.1, plus: isScale ? 1 : 0))
    }
  }
}
