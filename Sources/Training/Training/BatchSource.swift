import Datasets
import Tensors

/// The source of a program's batches.
enum BatchSource {
  /// All examples in device memory: a state per field.
  case resident([State], [DataField])
  case streamed(BatchRing)

  /// One batch.
  ///
  /// - Parameters:
  ///   - index: the index of the batch, an int32 scalar.
  ///   - numbers: the indices of its examples, int32 `[B]`.
  func batch(_ index: Tensor, at numbers: Tensor) -> Batch {
    switch self {
    case .resident(let all, let fields):
      return Batch(size: numbers.shape[0], zip(fields, all)) { $0.value.gathered(at: numbers) }
    case .streamed(let ring):
      // Row by row, as from resident examples: gathering a batch as one long row is slower. Broadcast first,
      // or the slot would be a kernel of its own before that of the rows.
      let slot = index.broadcast(to: [ring.batchSize]) % Double(ring.slots)
      let rows = slot * Double(ring.batchSize) + Tensor.indices(ring.batchSize)
      return Batch(size: ring.batchSize, zip(ring.fields, ring.states)) { state in
        let sizes = Array(state.shape.dimensions.dropFirst(2))
        return state.value.reshaped(Shape([ring.slots * ring.batchSize] + sizes)).gathered(at: rows)
      }
    }
  }

  /// The states that it reads examples from.
  var states: [State] {
    switch self {
    case .resident(let all, _): all
    case .streamed(let ring): ring.states
    }
  }

  /// Nil for resident examples.
  var ring: BatchRing? { if case .streamed(let ring) = self { ring } else { nil } }
}

extension Batch {
  fileprivate init(
    size: Int, _ fields: some Sequence<(DataField, State)>, _ rows: (State) -> Tensor
  ) {
    self.init(
      size: size,
      Dictionary(fields.map { ($0.name, rows($1)) }, uniquingKeysWith: { first, _ in first }))
  }
}
