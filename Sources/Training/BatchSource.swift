import Datasets
import Tensors

/// Where a program finds its batches.
enum BatchSource {
  /// Among all examples: a state for each field.
  case resident([State], [DataField])
  case streamed(BatchRing)

  /// One batch.
  ///
  /// - Parameters:
  ///   - index: which, an int32 scalar.
  ///   - numbers: those of its examples among all, int32 `[B]`.
  func batch(_ index: Tensor, at numbers: Tensor) -> Batch {
    switch self {
    case .resident(let all, let fields):
      return Batch(size: numbers.shape[0], zip(fields, all)) { $0.value.gathered(at: numbers) }
    case .streamed(let ring):
      // Row by row, as from resident examples: kernels that take a batch for one long row are slower.
      // Spread over the rows first, or the slot would be a kernel of its own, before that of the rows.
      let slot = index.broadcast(to: [ring.batchSize]) % Double(ring.slots)
      let rows = slot * Double(ring.batchSize) + Tensor.indices(ring.batchSize)
      return Batch(size: ring.batchSize, zip(ring.fields, ring.states)) { state in
        let sizes = Array(state.shape.dimensions.dropFirst(2))
        return state.value.reshaped(Shape([ring.slots * ring.batchSize] + sizes)).gathered(at: rows)
      }
    }
  }

  /// What it reads examples from.
  var states: [State] {
    switch self {
    case .resident(let all, _): all
    case .streamed(let ring): ring.states
    }
  }

  /// Nil for examples that are resident.
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
