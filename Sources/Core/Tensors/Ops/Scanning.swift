extension Tensor {
  /// The sums of the elements up to each one, along an axis.
  ///
  ///     y_i = Σ_{j ≤ i} x_j
  ///
  /// Computed by doubling, in ⌈log₂ n⌉ passes over all elements: each adds what stands 1, 2, 4, … places before.
  ///
  /// - SeeAlso: Hillis & Steele 1986, "Data parallel algorithms".
  public func cumulativeSum(_ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    scanned("cumulativeSum", axis, at: Location(file, line)) { $0 + $1.padded(before: $2, after: $3) }
  }

  /// The products of the elements up to each one, along an axis.
  ///
  ///     y_i = Π_{j ≤ i} x_j
  ///
  /// In as many passes as `cumulativeSum`. Its gradient divides by nothing, so that zeros do it no harm.
  public func cumulativeProduct(
    _ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    scanned("cumulativeProduct", axis, at: Location(file, line)) { y, earlier, before, after in
      // Ones where nothing stands before, zeros elsewhere, which change no number.
      let ones = Tensor.full(
        Shape(zip(y.shape.dimensions, earlier.shape.dimensions).map { $0 == $1 ? $0 : $0 - $1 }), 1,
        dtype: y.dtype)
      let behind = before.indices.map { before[$0] > 0 ? y.shape[$0] - before[$0] : 0 }
      return y * (earlier.padded(before: before, after: after) + ones.padded(before: after, after: behind))
    }
  }

  /// - Parameter combine: elements, and those that stand some places before, which are not there for the first: how
  ///   many come before them along each axis, and how many after.
  private func scanned(
    _ operation: String, _ axis: Int, at location: Location,
    _ combine: (_ y: Tensor, _ earlier: Tensor, _ before: [Int], _ after: [Int]) -> Tensor
  ) -> Tensor {
    guard error == nil else { return self }
    guard let place = self.axis(axis), dtype != .uint8, dtype != .bool else {
      return .invalid(
        operation, "takes float32, float64 or int32 with an axis \(axis), not \(dtype)\(shape)", at: location)
    }
    let none = [Int](repeating: 0, count: rank)
    var (y, distance) = (self, 1)
    while distance < shape[place] {
      var (before, part) = (none, shape.dimensions)
      (before[place], part[place]) = (distance, shape[place] - distance)
      y = combine(y, y.sliced(from: none, Shape(part)), before, none)
      distance *= 2
    }
    return y
  }
}
