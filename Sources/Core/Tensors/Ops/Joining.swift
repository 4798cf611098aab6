/// Concatenates tensors along an axis.
///
///     concatenate([[2, 3], [2, 5]], axis: 1) is [2, 8]
///
/// - Parameters:
///   - tensors: at least one, of one type, and of the same extents along all other axes.
///   - axis: from 0, or from −1, the last, downwards.
public func concatenate(
  _ tensors: [Tensor], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  guard let first = tensors.first else {
    return .invalid("concatenate", "takes at least one tensor", at: location)
  }
  if let invalid = tensors.first(where: { $0.error != nil }) { return invalid }
  guard let axis = first.axis(axis) else {
    return .invalid("concatenate", "there is no axis \(axis) in \(first.shape)", at: location)
  }
  for other in tensors.dropFirst() {
    var expected = first.shape.dimensions
    if other.rank == first.rank { expected[axis] = other.shape[axis] }
    guard other.shape.dimensions == expected, other.dtype == first.dtype else {
      return .invalid(
        "concatenate",
        "\(first.dtype)\(first.shape) and \(other.dtype)\(other.shape) do not fit together along axis \(axis)",
        at: location)
    }
  }
  if first.dtype == .bool || first.dtype.isStorageOnly { return joined(tensors, along: axis) }
  // There is no arithmetic on bytes, so they are added as int32.
  if first.dtype == .uint8 {
    return concatenate(tensors.map { $0.cast(to: .int32) }, axis: axis, file: file, line: line).cast(
      to: .uint8)
  }
  let total = tensors.reduce(0) { $0 + $1.shape[axis] }
  // Each is zero-padded to the whole length, and they are added: views, read by one kernel.
  var before = 0
  return tensors.map { tensor in
    var (left, right) = ([Int](repeating: 0, count: first.rank), [Int](repeating: 0, count: first.rank))
    (left[axis], right[axis]) = (before, total - before - tensor.shape[axis])
    before += tensor.shape[axis]
    return tensor.padded(before: left, after: right)
  }.reduce(nil as Tensor?) { sum, next in sum.map { $0 + next } ?? next } ?? first
}

/// The same for types that cannot be added: each place selects the tensor that it is of.
private func joined(_ tensors: [Tensor], along axis: Int) -> Tensor {
  let rank = tensors[0].rank
  let total = tensors.reduce(0) { $0 + $1.shape[axis] }
  var extents = [Int](repeating: 1, count: rank)
  extents[axis] = total
  let places = Tensor.indices(total).reshaped(Shape(extents))
  var (result, end) = (nil as Tensor?, 0)
  for tensor in tensors {
    var (left, right) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    (left[axis], right[axis]) = (end, total - end - tensor.shape[axis])
    let padded = tensor.padded(before: left, after: right)
    result = result.map { select(places .< Double(end), $0, padded) } ?? padded
    end += tensor.shape[axis]
  }
  return result ?? tensors[0]
}

/// Stacks tensors of one shape along a new axis.
///
///     stack([[2, 3], [2, 3]], axis: 0) is [2, 2, 3]
public func stack(
  _ tensors: [Tensor], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  guard let first = tensors.first else {
    return .invalid("stack", "takes at least one tensor", at: Location(file, line))
  }
  if let invalid = tensors.first(where: { $0.error != nil }) { return invalid }
  let place = axis < 0 ? axis + first.rank + 1 : axis
  guard (0...first.rank).contains(place) else {
    return .invalid(
      "stack", "there is no place \(axis) for an axis in \(first.shape)", at: Location(file, line))
  }
  return concatenate(tensors.map { $0.expanded(at: place) }, axis: place, file: file, line: line)
}

extension Tensor {
  /// An axis counted from the front; nil if it is out of range.
  func axis(_ axis: Int) -> Int? {
    let place = axis < 0 ? axis + rank : axis
    return (0..<rank).contains(place) ? place : nil
  }

  /// Inserts an axis of extent 1.
  ///
  /// - Parameter axis: its index in the result: from 0, or from −1, the last, downwards.
  public func expanded(at axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard error == nil else { return self }
    let place = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(place) else {
      return .invalid(
        "expanded", "there is no place \(axis) for an axis in \(shape)", at: Location(file, line))
    }
    var dimensions = shape.dimensions
    dimensions.insert(1, at: place)
    return reshaped(Shape(dimensions))
  }

  /// Removes an axis of extent 1.
  public func squeezed(_ axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    guard error == nil else { return self }
    guard let place = self.axis(axis), shape[place] == 1 else {
      return .invalid(
        "squeezed", "there is no axis \(axis) of extent 1 in \(shape)", at: Location(file, line))
    }
    var dimensions = shape.dimensions
    dimensions.remove(at: place)
    return reshaped(Shape(dimensions))
  }

  /// Splits along an axis into equal parts.
  public func split(
    into count: Int, axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> [Tensor] {
    guard error == nil else { return Array(repeating: self, count: Swift.max(count, 0)) }
    guard let place = self.axis(axis), count > 0, shape[place].isMultiple(of: count) else {
      let invalid = Tensor.invalid(
        "split", "axis \(axis) of \(shape) cannot be cut into \(count) equal parts", at: Location(file, line))
      return Array(repeating: invalid, count: Swift.max(count, 0))
    }
    return split(Array(repeating: shape[place] / count, count: count), axis: axis, file: file, line: line)
  }

  /// Splits along an axis into parts of the given extents.
  public func split(
    _ extents: [Int], axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> [Tensor] {
    guard error == nil else { return extents.map { _ in self } }
    guard let place = self.axis(axis), extents.allSatisfy({ $0 >= 0 }), extents.reduce(0, +) == shape[place]
    else {
      let invalid = Tensor.invalid(
        "split", "parts of \(extents) do not make axis \(axis) of \(shape)", at: Location(file, line))
      return extents.map { _ in invalid }
    }
    var start = [Int](repeating: 0, count: rank)
    return extents.map { extent in
      var dimensions = shape.dimensions
      dimensions[place] = extent
      defer { start[place] += extent }
      return sliced(from: start, Shape(dimensions))
    }
  }
}
