import Tensors

/// Where a program finds its batches.
enum BatchSource {
  case resident(ResidentImages)
  case streamed(BatchRing)

  /// The images, uint8 `[B, C, H, W]`, and labels, int32 `[B]`, of one batch.
  ///
  /// - Parameters:
  ///   - index: which batch, an int32 scalar.
  ///   - numbers: those of its images among all, int32 `[B]`.
  func batch(_ index: Tensor, at numbers: Tensor) -> (images: Tensor, labels: Tensor) {
    switch self {
    case .resident(let all):
      return (all.images.value.gathered(at: numbers), all.labels.value.gathered(at: numbers))
    case .streamed(let ring):
      // Row by row, as from resident images: kernels that take a batch for one long row are slower.
      // Spread over the rows first, or the slot would be a kernel of its own, before that of the rows.
      let slot = index.broadcast(to: [ring.batchSize]) % Double(ring.slots)
      let rows = slot * Double(ring.batchSize) + Tensor.indices(ring.batchSize)
      func batch(in state: State) -> Tensor {
        let sizes = Array(state.shape.dimensions.dropFirst(2))
        return state.value.reshaped(Shape([ring.slots * ring.batchSize] + sizes)).gathered(at: rows)
      }
      return (batch(in: ring.images), batch(in: ring.labels))
    }
  }

  /// Nil for images that are resident.
  var ring: BatchRing? { if case .streamed(let ring) = self { ring } else { nil } }
}
