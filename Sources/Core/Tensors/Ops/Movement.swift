/// Operations that move elements without arithmetic.
///
/// All but `gather` are views: readers index the input in another way, and nothing is copied unless a kernel
/// needs it contiguous.
package enum Movement: Operation {
  case reshape(Shape)

  /// Axis `i` of the result is axis `order[i]` of the input.
  case transpose([Int])

  /// `shape` elements along each axis, from `start` on.
  case slice(start: [Int], shape: Shape)

  /// Zero padding around the input.
  case pad(before: [Int], after: [Int])

  /// Axes of extent 1 are repeated, and new ones are added in front.
  case broadcast(Shape)

  /// Selects rows (entries of the first axis) by an int32 vector of indices.
  case gather

  package var name: String {
    switch self {
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .slice: "slice"
    case .pad: "pad"
    case .broadcast: "broadcast"
    case .gather: "gather"
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let x = inputs[0]
    let rank = x.shape.rank
    switch self {
    case .reshape(let shape):
      guard shape.problem == nil, shape.count == x.shape.count else {
        throw TypeMismatch(
          shape.problem ?? "\(x.shape) has \(x.shape.count) elements, but \(shape) has \(shape.count)")
      }
      return TensorType(shape, x.dtype)
    case .transpose(let order):
      guard order.sorted() == Array(0..<rank) else {
        throw TypeMismatch("\(order) is not an order of the \(rank) axes of \(x.shape)")
      }
      return TensorType(Shape(order.map { x.shape[$0] }), x.dtype)
    case .slice(let start, let shape):
      guard start.count == rank, shape.rank == rank,
        (0..<rank).allSatisfy({
          start[$0] >= 0 && shape[$0] >= 0 && shape[$0] <= x.shape[$0] && start[$0] <= x.shape[$0] - shape[$0]
        })
      else { throw TypeMismatch("\(shape) from \(start) on does not lie within \(x.shape)") }
      return TensorType(shape, x.dtype)
    case .pad(let before, let after):
      guard before.count == rank, after.count == rank,
        (before + after).allSatisfy((0...Shape.maximumCount).contains)
      else {
        throw TypeMismatch("padding by \(before) and \(after) does not fit \(x.shape)")
      }
      return TensorType(Shape((0..<rank).map { before[$0] + x.shape[$0] + after[$0] }), x.dtype)
    case .broadcast(let shape):
      guard x.shape.broadcast(with: shape) == shape else {
        throw TypeMismatch("\(x.shape) does not stretch to \(shape)")
      }
      return TensorType(shape, x.dtype)
    case .gather:
      let rows = inputs[1]
      guard rank >= 1, x.shape[0] > 0, rows.shape.rank == 1, rows.dtype == .int32 else {
        throw TypeMismatch(
          "takes a tensor with rows and an int32 vector of row numbers, not \(x) and \(rows)")
      }
      return TensorType(Shape([rows.shape[0]] + x.shape.dimensions.dropFirst()), x.dtype)
    }
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    let x = inputs[0]
    guard x.dtype.isFloating else { return inputs.map { _ in nil } }
    switch self {
    case .reshape: return [dy.reshaped(x.shape)]
    case .transpose(let order):
      return [dy.transposed(order.indices.map { axis in order.firstIndex(of: axis) ?? axis })]
    case .slice(let start, let shape):
      let after = start.indices.map { x.shape[$0] - start[$0] - shape[$0] }
      return [dy.padded(before: start, after: after)]
    case .pad(let before, _): return [dy.sliced(from: before, x.shape)]
    case .broadcast: return [dy.computing { $0.sum(to: x.shape) }]
    case .gather: return [dy.computing { scatterAdd($0, at: inputs[1], rows: x.shape[0]) }, nil]
    }
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { 0 }
}

extension Tensor {
  /// The same elements, in row-major order, with another shape of as many elements.
  public func reshaped(_ shape: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    shape == self.shape && error == nil
      ? self : .apply(.movement(.reshape(shape)), to: [self], at: Location(file, line))
  }

  /// Permutes the axes: axis `i` of the result is axis `order[i]` of this tensor.
  ///
  /// Reverses them by default.
  public func transposed(
    _ order: [Int]? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    .apply(.movement(.transpose(order ?? (0..<rank).reversed())), to: [self], at: Location(file, line))
  }

  /// A block of this tensor: `shape` elements along each axis, from `start` on.
  public func sliced(
    from start: [Int], _ shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    .apply(.movement(.slice(start: start, shape: shape)), to: [self], at: Location(file, line))
  }

  /// This tensor with zero padding around it.
  public func padded(
    before: [Int], after: [Int], file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    .apply(.movement(.pad(before: before, after: after)), to: [self], at: Location(file, line))
  }

  /// This tensor repeated along axes of extent 1, and along new axes in front.
  public func broadcast(to shape: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    shape == self.shape && error == nil
      ? self : .apply(.movement(.broadcast(shape)), to: [self], at: Location(file, line))
  }

  /// Selects rows (entries of the first axis) by index.
  ///
  /// Indices out of range are a caller's error, and are clamped.
  ///
  /// - Parameter rows: int32, int64 or uint8.
  public func gathered(at rows: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    .apply(.movement(.gather), to: [self, rows.indicesInInt32], at: Location(file, line))
  }

  /// The sum over the axes along which `shape` was broadcast to this tensor's shape.
  func sum(to shape: Shape) -> Tensor {
    let added = rank - shape.rank
    let stretched = (0..<rank).filter { $0 < added || (shape[$0 - added] == 1 && self.shape[$0] != 1) }
    return sum(stretched).reshaped(shape)
  }
}
