package import Tensors

/// A strided view of a value in memory: element `i` lies at `offset + Σ strides[a] · i[a]`.
///
/// Reshaping, transposing, slicing, padding and broadcasting only change the view.
package struct View: Hashable, Sendable {
  package var shape: [Int]
  package var strides: [Int]
  package var offset: Int

  /// The index range along each axis that is backed by memory; elements outside are zero.
  ///
  /// Nil if there is no padding.
  package var bounds: [Range<Int>]?

  /// The view of a whole row-major value.
  package init(of shape: Shape) {
    self.shape = shape.dimensions
    strides = shape.rowMajorStrides
    offset = 0
    bounds = nil
  }

  package var count: Int { shape.reduce(1, *) }

  /// True if elements are adjacent in memory in row-major order.
  package var isContiguous: Bool {
    guard bounds == nil else { return false }
    var expected = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// True if it covers all of a value with `count` elements, in order.
  package func isWhole(of count: Int) -> Bool { offset == 0 && self.count == count && isContiguous }

  /// The view after one more movement; nil if no strided view expresses it and a copy is needed.
  package func moved(_ movement: Movement) -> View? {
    switch movement {
    case .reshape(let shape): reshaped(shape)
    case .transpose(let order): transposed(order)
    case .slice(let start, let shape): sliced(start, shape)
    case .pad(let before, let after): padded(before, after)
    case .broadcast(let shape): broadcast(shape)
    case .gather: nil
    }
  }

  private func reshaped(_ shape: Shape) -> View? {
    if isContiguous {
      var view = View(of: shape)
      view.offset = offset
      return view
    }
    if bounds == nil { return rearranged(shape) }
    // Axes of extent 1 can be inserted and removed freely.
    let kept = self.shape.indices.filter { self.shape[$0] != 1 }
    guard kept.map({ self.shape[$0] }) == shape.dimensions.filter({ $0 != 1 }) else { return nil }
    if let bounds, self.shape.indices.contains(where: { self.shape[$0] == 1 && bounds[$0].isEmpty }) {
      return nil
    }
    var view = View(of: shape)
    view.offset = offset
    view.bounds = bounds == nil ? nil : shape.dimensions.map { 0..<$0 }
    var old = kept.makeIterator()
    for axis in shape.dimensions.indices {
      view.strides[axis] = 0
      guard shape[axis] != 1, let source = old.next() else { continue }
      view.strides[axis] = strides[source]
      if let range = bounds?[source] { view.bounds?[axis] = range }
    }
    return view
  }

  /// The same elements by other axes; nil if axes would have to be joined that are not one run of memory.
  private func rearranged(_ shape: Shape) -> View? {
    guard shape.count > 0 else { return nil }
    var view = View(of: shape)
    view.offset = offset
    // Runs of memory, the innermost first: adjacent axes whose elements are equally far apart.
    var runs: [(count: Int, stride: Int)] = []
    for axis in self.shape.indices.reversed() where self.shape[axis] != 1 {
      if let outer = runs.last, strides[axis] == outer.count * outer.stride {
        runs[runs.count - 1].count *= self.shape[axis]
      } else {
        runs.append((self.shape[axis], strides[axis]))
      }
    }
    var run = 0
    var left = runs.first?.count ?? 1
    var stride = runs.first?.stride ?? 0
    for axis in shape.dimensions.indices.reversed() {
      let extent = shape[axis]
      guard extent != 1 else {
        view.strides[axis] = 0
        continue
      }
      if left == 1 {
        run += 1
        (left, stride) = runs[run]
      }
      guard left.isMultiple(of: extent) else { return nil }
      view.strides[axis] = stride
      stride *= extent
      left /= extent
    }
    return view
  }

  private func transposed(_ order: [Int]) -> View {
    var view = self
    view.shape = order.map { shape[$0] }
    view.strides = order.map { strides[$0] }
    view.bounds = bounds.map { bounds in order.map { bounds[$0] } }
    return view
  }

  private func sliced(_ start: [Int], _ shape: Shape) -> View {
    var view = self
    view.shape = shape.dimensions
    for axis in start.indices {
      view.offset += start[axis] * strides[axis]
      guard let range = bounds?[axis] else { continue }
      let shifted = range.lowerBound - start[axis]..<range.upperBound - start[axis]
      view.bounds?[axis] = shifted.clamped(to: 0..<shape[axis])
    }
    // A block that lies within the padding's inside, such as the gradient of one part of a value.
    if view.bounds == shape.dimensions.map({ 0..<$0 }) { view.bounds = nil }
    return view
  }

  private func padded(_ before: [Int], _ after: [Int]) -> View {
    var view = self
    view.bounds = shape.indices.map { axis in
      let range = bounds?[axis] ?? 0..<shape[axis]
      return range.lowerBound + before[axis]..<range.upperBound + before[axis]
    }
    for axis in shape.indices {
      view.offset -= before[axis] * strides[axis]
      view.shape[axis] += before[axis] + after[axis]
    }
    return view
  }

  private func broadcast(_ shape: Shape) -> View? {
    var view = View(of: shape)
    view.offset = offset
    view.bounds = bounds == nil ? nil : shape.dimensions.map { 0..<$0 }
    let added = shape.rank - self.shape.count
    for axis in shape.dimensions.indices {
      view.strides[axis] = 0
      guard axis >= added else { continue }
      let source = axis - added
      if self.shape[source] == shape[axis] {
        view.strides[axis] = strides[source]
        if let range = bounds?[source] { view.bounds?[axis] = range }
      } else if let range = bounds?[source], range.isEmpty {
        return nil
      }
    }
    return view
  }
}
