/// The value of a state before the first step.
///
/// Computed on the host, so that every backend starts with the same bits.
public enum InitialValue: Sendable {
  case zeros
  case constant(Double)

  /// Gaussian with mean 0.
  case normal(standardDeviation: Double)

  /// Gaussian numbers of mean 0, within two standard deviations.
  case truncatedNormal(standardDeviation: Double)

  /// Numbers between two, all equally likely.
  case uniform(ClosedRange<Double>)

  /// A matrix with a row for each entry of the first axis, whose rows or columns, whichever are fewer, are orthogonal
  /// and of this length.
  case orthogonal(gain: Double)

  case values(TensorValues)

  /// Elements in the host's memory, in the machine's byte order, which a CPU reads in place.
  ///
  /// The state is read-only: no program may assign it.
  case bytes(Bytes)

  /// The initial value of another state of the same shape.
  case same(as: State)

  /// The Euclidean norm of what each output of a weight begins with: of the columns of a matrix, or of filters.
  case norms(of: State)

  /// The initial values of a state.
  ///
  /// - Parameter seed: the seed of the run. The state's name selects the stream, so that a state's values
  ///   do not depend on other states.
  package func values(for state: State, seed: UInt64) -> TensorValues {
    let count = state.shape.count
    let philox = Philox(seed: seed, stream: Philox.stream(named: state.name))
    switch self {
    case .zeros:
      return TensorValues(
        bytes: [UInt8](repeating: 0, count: state.byteCount), shape: state.shape, dtype: state.dtype)
    case .constant(let number):
      return TensorValues(
        converting: [Double](repeating: number, count: count), shape: state.shape, to: state.dtype)
    case .normal(let deviation):
      if state.dtype == .float32 {
        return TensorValues(philox.normals(count, scaledBy: Float(deviation)), shape: state.shape)
      }
      let numbers = philox.normals(count, scaledBy: Float(deviation)).map(Double.init)
      return TensorValues(converting: numbers, shape: state.shape, to: state.dtype)
    case .truncatedNormal(let deviation):
      return TensorValues(
        converting: philox.truncatedNormals(count).map { $0 * deviation }, shape: state.shape, to: state.dtype
      )
    case .uniform(let range):
      let width = range.upperBound - range.lowerBound
      return TensorValues(
        converting: philox.uniforms(count).map { range.lowerBound + $0 * width }, shape: state.shape,
        to: state.dtype)
    case .orthogonal(let gain):
      let rows = state.shape.dimensions.first ?? 1
      let matrix = philox.orthogonalMatrix(rows: rows, columns: rows > 0 ? count / rows : 0)
      return TensorValues(converting: matrix.map { $0 * gain }, shape: state.shape, to: state.dtype)
    case .values(let values):
      return values
    case .bytes(let bytes):
      return TensorValues(bytes: bytes.array, shape: state.shape, dtype: state.dtype)
    case .same(let other):
      return other.initial.values(for: other, seed: seed)
    case .norms(let other):
      return other.initial.values(for: other, seed: seed).normsOfOutputs
    }
  }
}

extension TensorValues {
  /// The Euclidean norm of each output of a weight: of the columns of a matrix, or of filters.
  package var normsOfOutputs: TensorValues {
    let (inputs, outputs) = LoRA.sides(of: shape)
    let isMatrix = shape.rank == 2
    let numbers = doubles
    var squares = [Double](repeating: 0, count: outputs)
    for input in 0..<inputs {
      for output in 0..<outputs {
        let number = numbers[isMatrix ? input * outputs + output : output * inputs + input]
        squares[output] += number * number
      }
    }
    return TensorValues(converting: squares.map { $0.squareRoot() }, shape: [outputs], to: dtype)
  }
}
