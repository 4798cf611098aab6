extension Tensor {
  /// The minimum along some axes, or of all elements.
  public func min(
    _ axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    mirrored.max(axes, keepingAxes: keepingAxes, file: file, line: line).mirrored
  }

  /// The index of the minimum along an axis, as int32; the first of equals.
  public func argmin(_ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    mirrored.argmax(axis, file: file, line: line)
  }

  /// The same numbers in the opposite order: −x, or of whole numbers, of which the least has no negative, −1 − x.
  var mirrored: Tensor {
    guard error == nil else { return self }
    if dtype == .bool { return cast(to: .int32).mirrored }
    return dtype.isFloating ? -self : -1 - self
  }

  /// Gathers elements by index along an axis.
  ///
  ///     y[i, j] = x[i, indices[i, j]]      along axis 1
  ///
  /// An index outside the axis is the caller's mistake and is moved to its nearest end. `scatterAdded` is the other way
  /// round, and its gradient.
  ///
  /// - Parameter indices: int32, int64 or uint8, of this tensor's extents along all other axes.
  public func taken(
    at indices: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let location = Location(file, line)
    let indices = indices.indicesInInt32
    guard error == nil else { return self }
    guard indices.error == nil else { return indices }
    guard let place = self.axis(axis) else {
      return .invalid("taken", "there is no axis \(axis) in \(shape)", at: location)
    }
    var expected = shape.dimensions
    if indices.rank == rank { expected[place] = indices.shape[place] }
    guard indices.dtype == .int32, indices.shape.dimensions == expected else {
      return .invalid(
        "taken", "indices \(indices.dtype)\(indices.shape) do not fit \(shape) along axis \(place)",
        at: location)
    }
    guard shape.count <= Int(Int32.max), shape[place] > 0 else {
      return .invalid(
        "taken", "of no elements, or of more than 2³¹, along axis \(place) of \(shape)", at: location)
    }
    let strides = shape.rowMajorStrides
    let inside = minimum(
      maximum(indices, Tensor(0, dtype: .int32)), Tensor(Double(shape[place] - 1), dtype: .int32))
    var address = inside * Double(strides[place])
    for other in 0..<rank where other != place && shape[other] > 1 {
      var dimensions = [Int](repeating: 1, count: rank)
      dimensions[other] = shape[other]
      address = address + (Tensor.indices(shape[other]) * Double(strides[other])).reshaped(Shape(dimensions))
    }
    let y = reshaped([shape.count]).gathered(at: address.reshaped([indices.shape.count])).reshaped(
      indices.shape)
    guard dtype.isFloating, y.error == nil else { return y }
    let extent = shape[place]
    return withGradient("taken", y, of: [self]) { dy in
      [dy.computing { $0.scatterAdded(at: indices, axis: place, extent: extent) }]
    }
  }

  /// Adds each element to a place along an axis of a tensor of zeros.
  ///
  ///     y[i, indices[i, j]] += x[i, j]      along axis 1, in the order of j
  ///
  /// An index outside the axis is the caller's mistake and is moved to its nearest end. On a GPU each element of the
  /// result looks through its row of indices: n · extent comparisons for n elements.
  ///
  /// - Parameters:
  ///   - indices: int32, int64 or uint8, of this tensor's shape.
  ///   - extent: of the result along the axis.
  public func scatterAdded(
    at indices: Tensor, axis: Int = -1, extent: Int, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let location = Location(file, line)
    let indices = indices.indicesInInt32
    guard error == nil else { return self }
    guard indices.error == nil else { return indices }
    guard let place = self.axis(axis), dtype.isFloating, indices.dtype == .int32, indices.shape == shape
    else {
      return .invalid(
        "scatterAdded",
        "takes floats with an axis \(axis) and an int32 index of each, not \(dtype)\(shape) and \(indices.dtype)\(indices.shape)",
        at: location)
    }
    let order = (0..<rank).filter { $0 != place } + [place]
    let outer = order.dropLast().map { shape[$0] }
    let groups = outer.reduce(1, *)
    let (size, overflow) = groups.multipliedReportingOverflow(by: extent)
    guard extent > 0, groups > 0, !overflow, size <= Int(Int32.max) else {
      return .invalid(
        "scatterAdded", "to no elements, or to more than 2³¹: an extent of \(extent) for \(shape)",
        at: location)
    }
    let inside = minimum(
      maximum(indices.transposed(order).reshaped([groups, shape[place]]), 0), Double(extent - 1))
    let address = inside + (Tensor.indices(groups) * Double(extent)).reshaped([groups, 1])
    let sums = Tensor.apply(
      .update(.scatterAdd(rows: size, groups: groups)),
      to: [transposed(order).reshaped([shape.count]), address.reshaped([shape.count])], at: location)
    let y = sums.reshaped(Shape(outer + [extent])).transposed(
      (0..<rank).map { order.firstIndex(of: $0) ?? $0 })
    guard y.error == nil else { return y }
    return withGradient("scatterAdded", y, of: [self]) { dy in [dy.taken(at: indices, axis: place)] }
  }

  /// One-hot vectors of class indices: int32, int64 or uint8 `[…]` to `[…, count]`.
  ///
  /// An index that is no class gives zeros.
  public func oneHot(_ count: Int, dtype: DType = .float32) -> Tensor {
    guard error == nil else { return self }
    return (indicesInInt32.expanded(at: -1) .== Tensor.indices(count)).cast(to: dtype)
  }
}

/// Looks up rows of a table `[count, d]` by indices `[…]`, int32, int64 or uint8, giving `[…, d]`.
public func embedding(
  _ numbers: Tensor, in table: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard numbers.error == nil else { return numbers }
  let rows = table.gathered(at: numbers.reshaped([numbers.shape.count]), file: file, line: line)
  guard rows.error == nil else { return rows }
  return rows.reshaped(Shape(numbers.shape.dimensions + rows.shape.dimensions.dropFirst()))
}
