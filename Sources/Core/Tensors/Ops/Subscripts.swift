/// An index of one axis in a subscript.
///
///     x[0]            the first row; the axis is gone
///     x[1..<3, 2...]  a block
///     x[.all, -1]     the last column
public protocol TensorIndex {
  /// The range of the axis, and whether the axis stays; nil if it is out of range.
  func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)?
}

extension Int: TensorIndex {
  /// Negative indices count from the end.
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

/// A whole axis.
public struct WholeAxis: TensorIndex {
  public func range(in extent: Int) -> (range: Range<Int>, keepsAxis: Bool)? { (0..<extent, true) }
}

extension TensorIndex where Self == WholeAxis {
  public static var all: WholeAxis { WholeAxis() }
}

extension Tensor {
  /// A block of this tensor: the indexed part of the first axes, and all of the others.
  ///
  /// An index out of range gives an invalid tensor.
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
