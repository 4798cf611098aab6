/// The geometry of a sliding window over an image: along rows (height) and columns (width).
public struct WindowGeometry: Hashable, Sendable {
  /// Pixels between windows.
  public var stride: [Int]

  /// Rows and columns of zeros before and after the image: top, bottom, left, right.
  public var padding: [Int]

  /// Pixels between elements of the window.
  public var dilation: [Int]

  public init(stride: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], dilation: [Int] = [1, 1]) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// The number of windows of `window` elements along an axis of `size` pixels; nil if none fits.
  func count(_ axis: Int, size: Int, window: Int) -> Int? {
    let padded = size + padding[2 * axis] + padding[2 * axis + 1]
    let reach = dilation[axis] * (window - 1) + 1
    return reach <= padded ? (padded - reach) / stride[axis] + 1 : nil
  }

  /// The reason why a window of this geometry is invalid for an image; nil if it is valid.
  func refusal(image: [Int], window: [Int]) -> String? {
    guard stride.count == 2, dilation.count == 2, padding.count == 4, window.count == 2,
      // Kernels index with int32.
      (stride + dilation + window).allSatisfy((1...Int(Int32.max)).contains),
      padding.allSatisfy((0...Int(Int32.max)).contains)
    else {
      return "a window \(window), stride \(stride), dilation \(dilation), padding \(padding) is not possible"
    }
    for axis in 0..<2 where count(axis, size: image[axis], window: window[axis]) == nil {
      return "a window of \(window[0])×\(window[1]), dilated by \(dilation), is larger than the image of "
        + "\(image[0])×\(image[1]) padded by \(padding)"
    }
    return nil
  }
}

/// Convolution of images `[N, C, H, W]` with filters `[K, C / groups, R, S]`, and its two gradients.
///
/// As usual in deep learning the filters are not flipped (cross-correlation):
///
///     y[n, k, p, q] = Σ_{c, r, s} x[n, c, p·stride + r·dilation − padding, …] · w[k, c, r, s]
///
/// All three are linear in both inputs, and the gradients of each are the other two. `precision` is the
/// format to which both inputs are rounded first, also in the gradients; `.float32` means no rounding.
package enum Convolution: Operation {
  /// Images and filters to `[N, K, P, Q]`.
  case forward(WindowGeometry, groups: Int, precision: Precision)

  /// The gradient of the result, and filters, to images of the given height and width.
  case inputGradient(WindowGeometry, groups: Int, height: Int, width: Int, precision: Precision)

  /// Images, and the gradient of the result, to filters of the given window.
  case weightGradient(WindowGeometry, groups: Int, window: [Int], precision: Precision)

  package var name: String {
    switch self {
    case .forward: "conv2D"
    case .inputGradient: "conv2DInputGradient"
    case .weightGradient: "conv2DWeightGradient"
    }
  }

  package var precision: Precision {
    switch self {
    case .forward(_, _, let precision), .inputGradient(_, _, _, _, let precision),
      .weightGradient(_, _, _, let precision):
      precision
    }
  }

  package func resultType(of inputs: [TensorType]) throws(TypeMismatch) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    guard a.shape.rank == 4, b.shape.rank == 4, a.dtype == b.dtype, a.dtype.isFloating else {
      throw TypeMismatch("takes two tensors of four axes and of one float type, not \(a) and \(b)")
    }
    switch self {
    case .forward(let geometry, let groups, _):
      let (channels, filters) = (a.shape[1], b.shape[0])
      guard groups > 0, filters % groups == 0, groups <= max(filters, 1) else {
        throw TypeMismatch("\(filters) filters of \(b.shape) do not make \(groups) groups")
      }
      guard channels == b.shape[1] * groups else {
        throw TypeMismatch(
          "images \(a.shape) of \(channels) channels do not fit filters \(b.shape) for "
            + "\(b.shape[1] * groups) channels in \(groups) groups")
      }
      let (image, window) = (Array(a.shape.dimensions[2...]), Array(b.shape.dimensions[2...]))
      if let reason = geometry.refusal(image: image, window: window) { throw TypeMismatch(reason) }
      let size = (0..<2).map { geometry.count($0, size: image[$0], window: window[$0]) ?? 0 }
      return TensorType([a.shape[0], filters, size[0], size[1]], a.dtype)
    case .inputGradient(_, let groups, let height, let width, _):
      return TensorType([a.shape[0], b.shape[1] * groups, height, width], a.dtype)
    case .weightGradient(_, let groups, let window, _):
      return TensorType([b.shape[1], a.shape[1] / groups, window[0], window[1]], a.dtype)
    }
  }

  package func gradients(of y: Tensor, inputs: [Tensor], upstream: Tensor) -> [Tensor?] {
    let (a, b) = (inputs[0], inputs[1])
    func apply(_ op: Convolution, _ first: Tensor, _ second: Tensor) -> Tensor {
      .apply(.convolution(op), to: [first, second])
    }
    func forward(_ geometry: WindowGeometry, _ groups: Int) -> Convolution {
      .forward(geometry, groups: groups, precision: precision)
    }
    func toInput(_ geometry: WindowGeometry, _ groups: Int) -> Convolution {
      .inputGradient(
        geometry, groups: groups, height: a.shape[2], width: a.shape[3], precision: precision)
    }
    func toWeight(_ geometry: WindowGeometry, _ groups: Int) -> Convolution {
      .weightGradient(geometry, groups: groups, window: [b.shape[2], b.shape[3]], precision: precision)
    }
    switch self {
    case .forward(let z, let groups, _):
      return [apply(toInput(z, groups), upstream, b), apply(toWeight(z, groups), a, upstream)]
    case .inputGradient(let z, let groups, _, _, _):
      return [apply(forward(z, groups), upstream, b), apply(toWeight(z, groups), upstream, a)]
    case .weightGradient(let z, let groups, _, _):
      return [apply(toInput(z, groups), b, upstream), apply(forward(z, groups), a, upstream)]
    }
  }

  package func flops(inputs: [TensorType], result: TensorType) -> Int {
    let (a, b) = (inputs[0].shape, inputs[1].shape)
    switch self {
    case .forward: return flopCount(2, result.shape.count, b[1], b[2], b[3])
    case .inputGradient: return flopCount(2, a.count, b[1], b[2], b[3])
    case .weightGradient:
      return flopCount(2, b.count, result.shape[1], result.shape[2], result.shape[3])
    }
  }
}

/// The convolution of images with filters, `[N, C, H, W]` by `[K, C / groups, R, S]` to `[N, K, P, Q]`.
///
///     P = ⌊(H + top + bottom − dilation · (R − 1) − 1) / stride⌋ + 1
///
/// - Parameters:
///   - groups: channels and filters are divided into so many groups; a filter sees its group's channels
///     only.
///   - precision: the format to which the operands of this product, and of its gradients' products, are
///     rounded; `.float32` means no rounding.
public func conv2D(
  _ x: Tensor, _ w: Tensor, _ geometry: WindowGeometry = WindowGeometry(), groups: Int = 1,
  precision: Precision = .float32, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  .apply(
    .convolution(.forward(geometry, groups: groups, precision: precision)), to: [x, w],
    at: Location(file, line))
}
