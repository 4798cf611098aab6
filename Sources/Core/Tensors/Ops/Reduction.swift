/// Reductions over axes.
///
/// The result has the remaining axes, in order.
package struct Reduction: Operation {
  package enum Kind: String, Sendable, CaseIterable {
    case sum, max, argmax
  }

  package let kind: Kind

  /// Adjacent axes: the public functions transpose first if they are not.
  package let axes: Range<Int>

  package init(kind: Kind, axes: Range<Int>) {
    self.kind = kind
    self.axes = axes
  }

  package var name: String { kind.rawValue }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let x = inputs[0]
    guard axes.lowerBound >= 0, axes.upperBound <= x.shape.rank else {
      throw TypeMismatch("there are no axes \(axes) in \(x.shape)")
    }
    guard x.dtype.isFloating || x.dtype == .int32 else {
      throw TypeMismatch("takes float32, float64 or int32, not \(x.dtype)")
    }
    let reduced = Shape(Array(x.shape.dimensions[axes])).count
    guard kind == .sum || reduced > 0 else {
      throw TypeMismatch("of no elements: \(x.shape) is empty along axes \(axes)")
    }
    guard kind != .argmax || reduced <= Int32.max else {
      throw TypeMismatch("of \(reduced) elements: an int32 holds no index of the last ones")
    }
    var dimensions = x.shape.dimensions
    dimensions.removeSubrange(axes)
    return TensorType(Shape(dimensions), kind == .argmax ? .int32 : x.dtype)
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream dy: Tensor) -> [Tensor?] {
    let x = inputs[0]
    guard kind != .argmax, y.dtype.isFloating else { return [nil] }
    let spread = { (t: Tensor) in t.insertingAxes(axes).broadcast(to: x.shape) }
    guard kind == .max else { return [spread(dy)] }
    // Tied maxima share the gradient evenly, so that its sum is preserved.
    let isMaximum = (x .== spread(y)).cast(to: x.dtype)
    let ties = Tensor.apply(.reduction(Reduction(kind: .sum, axes: axes)), to: [isMaximum])
    return [isMaximum * spread(dy / ties)]
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int { inputs[0].shape.count }
}

extension Tensor {
  private func reduced(_ kind: Reduction.Kind, over axes: [Int], keepingAxes: Bool, at location: Location)
    -> Tensor
  {
    guard error == nil else { return self }
    // Truth values are counted, as in PyTorch.
    if dtype == .bool {
      return cast(to: .int32).reduced(kind, over: axes, keepingAxes: keepingAxes, at: location)
    }
    let axes = axes.map { $0 < 0 && $0 >= -rank ? $0 + rank : $0 }.sorted()
    guard axes.allSatisfy((0..<rank).contains), Set(axes).count == axes.count else {
      return .invalid(kind.rawValue, "axes \(axes) do not fit \(shape), of \(rank) axes", at: location)
    }
    guard let first = axes.first, let last = axes.last else { return self }
    var x = self
    var range = first..<last + 1
    if range.count != axes.count {
      let kept = (0..<rank).filter { !axes.contains($0) }
      x = x.transposed(kept + axes)
      range = kept.count..<rank
    }
    let y = Tensor.apply(.reduction(Reduction(kind: kind, axes: range)), to: [x], at: location)
    guard keepingAxes else { return y }
    return y.reshaped(Shape((0..<rank).map { axes.contains($0) ? 1 : shape[$0] }))
  }

  /// Inserts axes of extent 1 where a reduction removed some.
  func insertingAxes(_ axes: Range<Int>) -> Tensor {
    var dimensions = shape.dimensions
    dimensions.insert(contentsOf: axes.map { _ in 1 }, at: axes.lowerBound)
    return reshaped(Shape(dimensions))
  }

  /// The sum over some axes, or over all of them; of truth values how many are true, as int32.
  ///
  /// Negative axes count from the last.
  public func sum(
    _ axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    reduced(.sum, over: axes ?? Array(0..<rank), keepingAxes: keepingAxes, at: Location(file, line))
  }

  /// The arithmetic mean over some axes, or over all of them; of truth values the share that is true, as float32.
  public func mean(
    _ axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    if error == nil, dtype == .bool {
      return cast(to: .float32).mean(axes, keepingAxes: keepingAxes, file: file, line: line)
    }
    let total = sum(axes, keepingAxes: keepingAxes, file: file, line: line)
    guard total.error == nil else { return total }
    guard total.dtype.isFloating else {
      return .invalid("mean", "takes float32 or float64, not \(dtype)", at: Location(file, line))
    }
    return total * (Double(Swift.max(total.shape.count, 1)) / Double(Swift.max(shape.count, 1)))
  }

  /// The maximum along some axes, or of all elements.
  public func max(
    _ axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    reduced(.max, over: axes ?? Array(0..<rank), keepingAxes: keepingAxes, at: Location(file, line))
  }

  /// The index of the maximum along an axis, as int32; the first of equals.
  public func argmax(_ axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    reduced(.argmax, over: [axis], keepingAxes: false, at: Location(file, line))
  }
}
