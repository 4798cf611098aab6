/// What a state holds before the first step.
///
/// Computed on the host, so that every backend begins with the same bits.
public enum InitialValue: Sendable {
  case zeros
  case constant(Double)

  /// Gaussian numbers of mean 0.
  case normal(standardDeviation: Double)

  case values(TensorValues)

  /// Elements that the host has in its memory, in the machine's byte order: a processor computes with them where they are.
  ///
  /// The state is only read; no program may assign it.
  case bytes(Bytes)

  /// The initial values of a state.
  ///
  /// - Parameter seed: the seed of the run. The state's name chooses the stream, so that no state's numbers depend on
  ///   which other states there are.
  package func values(for state: State, seed: UInt64) -> TensorValues {
    let count = state.shape.count
    switch self {
    case .zeros:
      return TensorValues(
        bytes: [UInt8](repeating: 0, count: state.byteCount), shape: state.shape, dtype: state.dtype)
    case .constant(let number):
      return TensorValues(
        converting: [Double](repeating: number, count: count), shape: state.shape, to: state.dtype)
    case .normal(let deviation):
      let philox = Philox(seed: seed, stream: Philox.stream(named: state.name))
      if state.dtype == .float32 {
        return TensorValues(philox.normals(count, scaledBy: Float(deviation)), shape: state.shape)
      }
      let numbers = philox.normals(count, scaledBy: Float(deviation)).map(Double.init)
      return TensorValues(converting: numbers, shape: state.shape, to: state.dtype)
    case .values(let values):
      return values
    case .bytes(let bytes):
      return TensorValues(bytes: bytes.array, shape: state.shape, dtype: state.dtype)
    }
  }
}
