extension Tensor {
  /// Where along an axis the elements stand in ascending order, as int32: `x.taken(at: x.argsort())` is sorted.
  ///
  /// Equal elements keep their order, ascending or descending, and NaNs come last: all backends give the same places.
  ///
  /// It is a network of comparisons, all rows at once, of L (L + 1) / 2 passes over all elements for 2ᴸ places: 10 of
  /// up to 16 places, 55 of up to 1,024, 136 of up to 65,536. Of few elements at an end `topK` needs no fewer.
  ///
  /// - SeeAlso: Batcher 1968, "Sorting networks and their applications" (bitonic sorting).
  public func argsort(
    _ axis: Int = -1, descending: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    guard error == nil else { return self }
    guard let place = self.axis(axis), shape[place] <= 1 << 29 else {
      return .invalid(
        "argsort", "takes a tensor with an axis \(axis) of at most 2²⁹ elements, not \(shape)",
        at: Location(file, line))
    }
    guard dtype != .uint8, dtype != .bool else {
      return cast(to: .int32).argsort(place, descending: descending)
    }
    let (order, back) = orderFirst(place)
    return (descending ? mirrored : self).transposed(order).columnOrder.transposed(back)
  }

  /// The elements along an axis in ascending order, NaNs last, of either order.
  ///
  /// See `argsort` for what it costs. Gradients go back to where the elements were.
  public func sorted(
    _ axis: Int = -1, descending: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let places = argsort(axis, descending: descending, file: file, line: line)
    return places.error == nil ? permuted(by: places, axis: axis) : places
  }

  /// The k greatest elements along an axis, the greatest first, and where they are, as int32; of equal ones the first.
  ///
  /// NaNs are less than all numbers. It sorts all elements: see `argsort`.
  public func topK(
    _ k: Int, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> (values: Tensor, indices: Tensor) {
    let places = argsort(axis, descending: true, file: file, line: line)
    guard places.error == nil, let place = self.axis(axis) else { return (places, places) }
    guard (0...shape[place]).contains(k) else {
      let invalid = Tensor.invalid(
        "topK", "axis \(place) of \(shape) has no \(k) elements", at: Location(file, line))
      return (invalid, invalid)
    }
    var part = shape.dimensions
    part[place] = k
    let first = { (t: Tensor) in t.sliced(from: [Int](repeating: 0, count: t.rank), Shape(part)) }
    return (first(permuted(by: places, axis: place)), first(places))
  }

  /// The elements at a permutation's places along an axis.
  ///
  /// - Parameter inverse: of the permutation, if it is known.
  private func permuted(by places: Tensor, axis: Int, inverse: Tensor? = nil) -> Tensor {
    guard shape.count > 0 else { return self }
    let y = taken(at: places, axis: axis)
    guard dtype.isFloating, y.error == nil else { return y }
    // Each place is there once: its gradient is picked, not added up.
    return withGradient("permuted", y, of: [self]) { dy in
      [dy.permuted(by: inverse ?? places.argsort(axis), axis: axis, inverse: places)]
    }
  }

  /// The order of axes in which one comes first, and the way back.
  private func orderFirst(_ axis: Int) -> (order: [Int], back: [Int]) {
    let order = [axis] + (0..<rank).filter { $0 != axis }
    return (order, (0..<rank).map { order.firstIndex(of: $0) ?? $0 })
  }

  /// Where the elements of each column stand in ascending order: `[n, …]` of floats or int32.
  private var columnOrder: Tensor {
    let (count, columns) = (shape[0], Shape(shape.dimensions.dropFirst().map { $0 }))
    var levels = 0
    while 1 << levels < count { levels += 1 }
    let size = 1 << levels
    // Elements are compared with their places, so that no two are equal. What comes last is as great as can be, with
    // places beyond all others: NaNs size further on, and the places that make the number of rows a power of two two
    // times size.
    let flat = reshaped([count, columns.count])
    let rows = Tensor.indices(size)
    let column = { (t: Tensor) in t.reshaped([size, 1]) }
    var places = column(select(rows .< Double(count), rows, rows + 2 * size)).broadcast(to: [
      size, columns.count,
    ])
    var keys = flat
    if dtype.isFloating {
      let isNumber = flat .== flat
      keys = select(isNumber, flat, Tensor(.infinity, dtype: dtype))
      let later = select(isNumber, Tensor(0, dtype: .int32), Tensor(Double(size), dtype: .int32))
      places = places + later.padded(before: [0, 0], after: [size - count, 0])
    }
    if size > count {
      let greatest = dtype.isFloating ? Double.infinity : Double(Int32.max)
      keys = concatenate([keys, .full([size - count, columns.count], greatest, dtype: dtype)])
    }
    // Sorted blocks of 2, 4, 8, … rows: of two of them, one is read from its end, so that the first comparisons leave
    // each half its own.
    for level in 0..<levels {
      for step in (0...level).reversed() {
        let isFirst = step == level
        let isLower = (rows / (1 << step) % 2) .== 0
        let distance = 1 << step
        let partners =
          isFirst
          ? rows + (2 * distance - 1) - 2 * (rows % Double(2 * distance))
          : select(isLower, rows + distance, rows - distance)
        let (otherKeys, otherPlaces) = (keys.gathered(at: partners), places.gathered(at: partners))
        let otherIsLess = select(otherKeys .== keys, otherPlaces .< places, otherKeys .< keys)
        let exchanges = otherIsLess .== column(isLower)
        keys = select(exchanges, otherKeys, keys)
        places = select(exchanges, otherPlaces, places)
      }
    }
    return (places % Double(size)).sliced(from: [0, 0], [count, columns.count]).reshaped(shape)
  }
}
