extension Tensor {
  /// The minimum along some axes, or of all elements.
  public func min(
    _ axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    -((-self).max(axes, keepingAxes: keepingAxes, file: file, line: line))
  }

  /// The index of the minimum along an axis, as int32; the first of equals.
  public func argmin(_ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    (-self).argmax(axis, file: file, line: line)
  }

  /// Gathers elements by index along an axis.
  ///
  ///     y[i, j] = x[i, indices[i, j]]      along axis 1
  ///
  /// Indices out of range are a caller's error, and are clamped.
  ///
  /// - Parameter indices: int32, of this tensor's extents along all other axes.
  public func taken(
    at indices: Tensor, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let location = Location(file, line)
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
    return reshaped([shape.count]).gathered(at: address.reshaped([indices.shape.count])).reshaped(
      indices.shape)
  }

  /// One-hot vectors of class indices: int32 `[…]` to `[…, count]`.
  ///
  /// An index that is no class gives zeros.
  public func oneHot(_ count: Int, dtype: DType = .float32) -> Tensor {
    guard error == nil else { return self }
    return (expanded(at: -1) .== Tensor.indices(count)).cast(to: dtype)
  }

  /// The cumulative sum along an axis.
  ///
  ///     y_i = Σ_{j ≤ i} x_j
  public func cumulativeSum(_ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard error == nil else { return self }
    guard let place = self.axis(axis), dtype.isFloating else {
      return .invalid(
        "cumulativeSum", "takes floats with an axis \(axis), not \(dtype)\(shape)", at: Location(file, line))
    }
    let length = shape[place]
    let order = (0..<rank).filter { $0 != place } + [place]
    let index = Tensor.indices(length)
    let isBefore = (index.reshaped([length, 1]) .<= index.reshaped([1, length])).cast(to: dtype)
    let moved = transposed(order)
    let sums = matmul(moved.reshaped([shape.count / Swift.max(length, 1), length]), isBefore)
    return sums.reshaped(moved.shape).transposed((0..<rank).map { order.firstIndex(of: $0) ?? $0 })
  }
}

/// Looks up rows of a table `[count, d]` by int32 indices `[…]`, giving `[…, d]`.
public func embedding(
  _ numbers: Tensor, in table: Tensor, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard numbers.error == nil else { return numbers }
  let rows = table.gathered(at: numbers.reshaped([numbers.shape.count]), file: file, line: line)
  guard rows.error == nil else { return rows }
  return rows.reshaped(Shape(numbers.shape.dimensions + rows.shape.dimensions.dropFirst()))
}
