/// Counter-based random numbers, without hidden state: the same on every backend, at any time.
///
/// Both take a key, int32 `[2]`, and a counter, an int32 scalar such as the step.
package enum Random: Operation {
  /// float32 numbers in [0, 1), by Philox.
  ///
  /// Distinct streams are independent for one key and counter.
  case uniform(Shape, stream: UInt32)

  /// Row indices of batch number `counter`, int32 `[batch]`, out of `count` rows in an order reshuffled in
  /// each epoch of `count / batch` batches.
  case shuffledBatch(Int, of: Int)

  package var name: String {
    switch self {
    case .uniform: "uniform"
    case .shuffledBatch: "shuffledBatch"
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (key, counter) = (inputs[0], inputs[1])
    guard key == TensorType([2], .int32), counter == TensorType([], .int32) else {
      throw TypeMismatch("takes an int32[2] key and an int32[] counter, not \(key) and \(counter)")
    }
    switch self {
    case .uniform(let shape, _):
      guard shape.problem != nil || shape.count <= 4 << 32 else {
        throw TypeMismatch("\(shape.count) numbers are more than the 2³⁴ of one counter")
      }
      return TensorType(shape, .float32)
    case .shuffledBatch(let batch, let count):
      guard batch > 0, batch <= count, count <= Int32.max else {
        throw TypeMismatch("a batch of \(batch) cannot be drawn from \(count) rows")
      }
      return TensorType([batch], .int32)
    }
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] { [nil, nil] }

  /// Ten rounds of Philox give four numbers.
  package func flops(inputs: [TensorType], result: TensorType) -> Int { 20 * result.shape.count }
}

/// Independent random numbers, uniform in [0, 1), float32: multiples of 2⁻²⁴.
///
/// - Parameters:
///   - key: int32 `[2]`, the two halves of the seed.
///   - counter: an int32 scalar. Another counter gives other numbers.
///   - stream: distinguishes the uses in a model that have the same key and counter.
/// - SeeAlso: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox4x32-10).
public func randomUniform(
  _ shape: Shape, key: Tensor, counter: Tensor, stream: UInt32, file: StaticString = #fileID,
  line: UInt = #line
) -> Tensor {
  .apply(.random(.uniform(shape, stream: stream)), to: [key, counter], at: Location(file, line))
}

/// The row indices of one batch of a shuffled data set, int32 `[batch]`.
///
/// Batch `counter` belongs to epoch `counter / (count / batch)`. Every epoch visits `count / batch` whole
/// batches of distinct rows, in its own order; the remainder, which differs each time, is left out.
public func shuffledBatch(
  _ batch: Int, of count: Int, key: Tensor, counter: Tensor, file: StaticString = #fileID,
  line: UInt = #line
) -> Tensor {
  .apply(.random(.shuffledBatch(batch, of: count)), to: [key, counter], at: Location(file, line))
}
