/// Batched matrix products: `[…, m, k]` by `[…, k, n]` gives `[…, m, n]`.
///
/// The leading axes are broadcast; a single matrix on the right, `[k, n]`, is multiplied by all rows at once.
public func batchedMatmul(
  _ a: Tensor, _ b: Tensor, precision: Precision = .float32, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  if let invalid = [a, b].first(where: { $0.error != nil }) { return invalid }
  guard a.rank >= 2, b.rank >= 2, a.shape[a.rank - 1] == b.shape[b.rank - 2], a.dtype == b.dtype,
    a.dtype.isFloating
  else {
    return .invalid(
      "batchedMatmul",
      "takes matrices […, m, k] and […, k, n] of one type, not \(a.dtype)\(a.shape) and \(b.dtype)\(b.shape)",
      at: location)
  }
  let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
  let (front, own) = (Array(a.shape.dimensions.dropLast(2)), Array(b.shape.dimensions.dropLast(2)))
  if own.allSatisfy({ $0 == 1 }), own.count <= front.count {
    let rows = front.reduce(m, *)
    return matmul(a.reshaped([rows, k]), b.reshaped([k, n]), precision: precision, file: file, line: line)
      .reshaped(Shape(front + [m, n]))
  }
  guard let batch = Shape(front).broadcast(with: Shape(own)) else {
    return .invalid(
      "batchedMatmul", "the matrices \(a.shape) and \(b.shape) are not as many, nor one for all", at: location
    )
  }
  // As a grouped convolution: each group is a matrix product of a pixel's channels, here k, with filters,
  // here n.
  let count = batch.count
  let left = a.broadcast(to: Shape(batch.dimensions + [m, k])).reshaped([count, m, k]).transposed([0, 2, 1])
  let right = b.broadcast(to: Shape(batch.dimensions + [k, n])).reshaped([count, k, n]).transposed([0, 2, 1])
  return conv2D(
    left.reshaped([1, count * k, m, 1]), right.reshaped([count * n, k, 1, 1]), groups: count,
    precision: precision
  ).reshaped([count, n, m]).transposed([0, 2, 1]).reshaped(Shape(batch.dimensions + [m, n]))
}
