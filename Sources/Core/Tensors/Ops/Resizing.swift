/// The interpolation between pixels.
public enum Interpolation: String, Sendable, CaseIterable {
  /// The nearest pixel.
  case nearest
  /// Bilinear between the four nearest pixels; clamped at the border.
  case bilinear
}

extension Tensor {
  /// Resizes images `[N, C, H, W]`.
  ///
  ///     pixel i of n samples position (i + ½) H / n − ½ of H
  ///
  /// As in PyTorch with `align_corners=False`. Differentiable.
  public func resized(
    to size: [Int], _ interpolation: Interpolation = .bilinear, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    if let refusal = refusal(by: "resized", size, at: Location(file, line)) { return refusal }
    switch interpolation {
    case .nearest:
      return [2, 3].reduce(self) { image, axis in
        image.picked(
          (0..<size[axis - 2]).map { Int32($0 * image.shape[axis] / size[axis - 2]) }, along: axis)
      }
    case .bilinear:
      return [2, 3].reduce(self) { image, axis in
        let (from, to) = (image.shape[axis], size[axis - 2])
        var weights = [Double](repeating: 0, count: from * to)
        for place in 0..<to {
          let source = Swift.max(0, (Double(place) + 0.5) * Double(from) / Double(to) - 0.5)
          let (below, part) = (Swift.min(Int(source), from - 1), source - source.rounded(.down))
          weights[below * to + place] += 1 - part
          weights[Swift.min(below + 1, from - 1) * to + place] += part
        }
        return image.mixed(weights, to, along: axis)
      }
    }
  }

  /// Adaptive average pooling: the means of a fixed number of windows, `[N, C, H, W]` to `[N, C, P, Q]`.
  ///
  /// Window p of P reaches from ⌊p H / P⌋ to ⌈(p + 1) H / P⌉, as in PyTorch.
  public func adaptivelyPooled(
    to size: [Int], file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    if let refusal = refusal(by: "adaptivelyPooled", size, at: Location(file, line)) { return refusal }
    return [2, 3].reduce(self) { image, axis in
      let (from, to) = (image.shape[axis], size[axis - 2])
      var weights = [Double](repeating: 0, count: from * to)
      for place in 0..<to {
        let window = place * from / to..<((place + 1) * from + to - 1) / to
        for source in window { weights[source * to + place] = 1 / Double(window.count) }
      }
      return image.mixed(weights, to, along: axis)
    }
  }

  /// An invalid tensor for anything but float images and a valid size; nil otherwise.
  private func refusal(by operation: String, _ size: [Int], at location: Location) -> Tensor? {
    if error != nil { return self }
    let isPossible =
      rank == 4 && dtype.isFloating && shape[2] > 0 && shape[3] > 0 && size.count == 2
      && size.allSatisfy { $0 > 0 }
    return isPossible
      ? nil
      : .invalid(
        operation, "takes float images [N, C, H, W] and a size of two, not \(dtype)\(shape) and \(size)",
        at: location)
  }

  /// Selects entries along an axis, possibly repeatedly.
  func picked(_ entries: [Int32], along axis: Int) -> Tensor {
    let order = [axis] + (0..<rank).filter { $0 != axis }
    let back = (0..<rank).map { order.firstIndex(of: $0) ?? $0 }
    return transposed(order).gathered(at: Tensor(entries, shape: [entries.count])).transposed(back)
  }

  /// Weighted sums along an axis: a product with a matrix `[extent, count]`.
  private func mixed(_ weights: [Double], _ count: Int, along axis: Int) -> Tensor {
    let order = (0..<rank).filter { $0 != axis } + [axis]
    let moved = transposed(order)
    let matrix = Tensor(TensorValues(converting: weights, shape: [shape[axis], count], to: dtype))
    let rows = moved.shape.dimensions.dropLast()
    let product = matmul(moved.reshaped([rows.reduce(1, *), shape[axis]]), matrix)
    return product.reshaped(Shape(rows + [count])).transposed(
      (0..<rank).map { order.firstIndex(of: $0) ?? $0 })
  }
}
