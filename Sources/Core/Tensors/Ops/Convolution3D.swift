/// Where windows lie in a volume of depth, height and width.
public struct VolumeGeometry: Hashable, Sendable {
  /// Voxels from one window to the next, by axis.
  public var stride: [Int]

  /// Zeros before and after the volume: front, back, top, bottom, left, right.
  public var padding: [Int]

  /// Voxels from one element of the window to the next, by axis.
  public var dilation: [Int]

  public init(
    stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0, 0, 0, 0], dilation: [Int] = [1, 1, 1]
  ) {
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
  }

  /// The geometry within a slice.
  fileprivate var plane: WindowGeometry {
    WindowGeometry(
      stride: Array(stride.dropFirst()), padding: Array(padding.dropFirst(2)),
      dilation: Array(dilation.dropFirst()))
  }
}

/// The convolution of volumes with filters, `[N, C, D, H, W]` by `[K, C / groups, T, R, S]` to `[N, K, O, P, Q]`.
///
///     y[n, k, o] = Σ_t conv2D(x[n, :, o · stride + t · dilation − front], w[k, :, t])
///
/// It is computed as T convolutions of images, one for each slice of the filters, whose sum is the result: no copy of
/// windows is made, and each slice runs at the speed of a convolution of N · O images.
///
/// - Parameters:
///   - groups: the channels, and the filters, are cut into so many groups; filters of a group see its channels only.
///   - precision: the format to which operands are rounded, as of `conv2D`.
public func conv3D(
  _ x: Tensor, _ w: Tensor, _ geometry: VolumeGeometry = VolumeGeometry(), groups: Int = 1,
  precision: Precision = .float32, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  if let invalid = [x, w].first(where: { $0.error != nil }) { return invalid }
  func refusal(_ reason: String) -> Tensor { .invalid("conv3D", reason, at: location) }
  guard x.rank == 5, w.rank == 5 else {
    return refusal("takes volumes [N, C, D, H, W] and filters [K, C, T, R, S], not \(x.shape) and \(w.shape)")
  }
  guard geometry.stride.count == 3, geometry.dilation.count == 3, geometry.padding.count == 6,
    (geometry.stride + geometry.dilation).allSatisfy({ $0 > 0 }), geometry.padding.allSatisfy({ $0 >= 0 })
  else {
    return refusal(
      "a stride \(geometry.stride), dilation \(geometry.dilation), padding \(geometry.padding) is not possible"
    )
  }
  let (stride, dilation, depth) = (geometry.stride[0], geometry.dilation[0], w.shape[2])
  let padded = x.shape[2] + geometry.padding[0] + geometry.padding[1]
  let reach = dilation * (depth - 1) + 1
  guard depth > 0, reach <= padded else {
    return refusal(
      "a window of \(depth) slices, dilated by \(dilation), is deeper than \(x.shape) padded by "
        + "\(geometry.padding[0]) and \(geometry.padding[1])")
  }
  let results = (padded - reach) / stride + 1
  // Slices are taken in whole strides; what that reads beyond the padding is never used.
  let beyond = max(0, reach - 1 + results * stride - padded)
  let whole = x.padded(
    before: [0, 0, geometry.padding[0], 0, 0], after: [0, 0, geometry.padding[1] + beyond, 0, 0],
    file: file, line: line)
  let (n, c, h, width) = (x.shape[0], x.shape[1], x.shape[3], x.shape[4])
  var sum: Tensor?
  for t in 0..<depth {
    let slices = whole[.all, .all, t * dilation..<t * dilation + results * stride]
      .reshaped([n, c, results, stride, h, width], file: file, line: line)[.all, .all, .all, 0]
      .transposed([0, 2, 1, 3, 4], file: file, line: line)
      .reshaped([n * results, c, h, width], file: file, line: line)
    let term = conv2D(
      slices, w[.all, .all, t], geometry.plane, groups: groups, precision: precision, file: file, line: line)
    sum = sum.map { $0 + term } ?? term
  }
  guard let y = sum, y.error == nil else { return sum ?? refusal("the filters \(w.shape) are empty") }
  return y.reshaped([n, results, y.shape[1], y.shape[2], y.shape[3]], file: file, line: line)
    .transposed([0, 2, 1, 3, 4], file: file, line: line)
}
