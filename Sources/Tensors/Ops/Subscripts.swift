/// What a subscript takes of an axis.
///
///     x[0]            the first row; the axis is gone
///     x[1..<3, 2...]  a block
///     x[.all, -1]     the last column
public protocol TensorIndex {
  /// From where to where, and whether the axis stays; nil where the extent has no such place.
  func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)?
}

extension Int: TensorIndex {
  /// Below 0 it counts from the end.
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? {
    let place = self < 0 ? self + extent : self
    return (0..<extent).contains(place) ? (place..<place + 1, false) : nil
  }
}

extension Range<Int>: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? {
    lowerBound >= 0 && upperBound <= extent ? (self, true) : nil
  }
}

extension ClosedRange<Int>: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? {
    Range(self).range(in: extent)
  }
}

extension PartialRangeFrom<Int>: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? {
    (0...extent).contains(lowerBound) ? (lowerBound..<extent, true) : nil
  }
}

extension PartialRangeUpTo<Int>: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? {
    (0...extent).contains(upperBound) ? (0..<upperBound, true) : nil
  }
}

/// The whole of an axis.
public struct WholeAxis: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? { (0..<extent, true) }
}

extension TensorIndex where Self == WholeAxis {
  public static var all: WholeAxis { WholeAxis() }
}

extension Tensor {
  /// A block of this tensor: of the first axes what the indices say, and the whole of the others.
  ///
  /// An index that the axis has not makes an invalid tensor.
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    guard error == nil else { return self }
    guard indices.count <= rank else {
      return .invalid("subscript", "\(indices.count) indices are too many for \(shape)")
    }
    var (start, extents) = ([Int](repeating: 0, count: rank), shape.dimensions)
    var kept: [Int] = []
    for axis in 0..<rank {
      guard axis < indices.count else {
        kept.append(shape[axis])
        continue
      }
      guard let (range, keepsAxis) = indices[axis].range(in: shape[axis]) else {
        return .invalid("subscript", "axis \(axis) of \(shape) has no \(indices[axis])")
      }
      (start[axis], extents[axis]) = (range.lowerBound, range.count)
      if keepsAxis { kept.append(range.count) }
    }
    return sliced(from: start, Shape(extents)).reshaped(Shape(kept))
  }
}
