public import Tensors

/// A transposed convolution: each pixel is spread over a window of the result.
///
///     y[n, k, p, q] = Σ_{c, r, s} x[n, c, h, w] · w[c, k, r, s] + b[k],   p = h · stride + r − padding, …
///
/// Takes `[N, C, H, W]` and gives `[N, filters, (H − 1) · stride − 2 · padding + dilation · (kernel − 1) +
/// outputPadding + 1, …]`. It is the gradient of `Convolution2D` with respect to its images, and its weights are `[C,
/// filters / groups, R, S]`, as in PyTorch.
///
/// - SeeAlso: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4.
public struct TransposedConvolution2D: Layer {
  public let filters: Int
  /// Rows and columns of the window; so are the others by axis.
  public let kernel: [Int]
  public let stride: [Int]
  public let padding: [Int]
  /// Rows and columns that are added at the bottom and at the right: a convolution of stride s makes results of s sizes
  /// alike.
  public let outputPadding: [Int]
  public let dilation: [Int]
  public let groups: Int
  public let hasBias: Bool
  /// The initializer of the weights; nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - kernel: as the others, one number for both axes or one for each.
  ///   - padding: rows and columns cut off on either side.
  public init(
    filters: Int, kernel: some PerAxis, stride: some PerAxis = 1, padding: some PerAxis = 0,
    outputPadding: some PerAxis = 0, dilation: some PerAxis = 1, groups: Int = 1, bias: Bool = true,
    weights: Initializer? = nil
  ) {
    (self.filters, self.kernel, self.stride) = (filters, kernel.rowsAndColumns, stride.rowsAndColumns)
    (self.padding, self.outputPadding) = (padding.rowsAndColumns, outputPadding.rowsAndColumns)
    (self.dilation, self.groups) = (dilation.rowsAndColumns, groups)
    (hasBias, self.weights) = (bias, weights)
    let axes = [self.kernel, self.stride, self.padding, self.outputPadding, self.dilation]
    precondition(
      filters > 0 && groups > 0 && axes.allSatisfy { $0.count == 2 && $0.allSatisfy { $0 >= 0 } }
        && (self.kernel + self.stride + self.dilation).allSatisfy { $0 > 0 },
      "a transposed convolution needs filters, and a window, strides and paddings of two axes, not \(filters) and \(axes)"
    )
    precondition(
      zip(self.outputPadding, self.stride).allSatisfy { $0 < $1 },
      "an output padding is less than its stride, which \(self.outputPadding) and \(self.stride) are not")
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else {
      return .invalid("transposedConv2D", "takes images [N, C, H, W], not \(x.shape)")
    }
    let channels = x.shape[1]
    guard channels % groups == 0, filters % groups == 0 else {
      return .invalid(
        "transposedConv2D",
        "\(channels) channels of \(x.shape) and \(filters) filters do not make \(groups) groups"
      )
    }
    let sizes = (0..<2).map { axis in
      (x.shape[axis + 2] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel[axis] - 1) + 1
        + outputPadding[axis]
    }
    guard sizes.allSatisfy({ $0 > 0 }) else {
      return .invalid("transposedConv2D", "nothing is left of \(x.shape) by a padding of \(padding)")
    }
    let window = kernel[0] * kernel[1]
    let weight = pass.weight(
      "weight", [channels, filters / groups, kernel[0], kernel[1]],
      fanIn: channels / groups * window / (stride[0] * stride[1]),
      fanOut: filters / groups * window, initializer: weights)
    // The gradient that a convolution of images of the result's size would give its images.
    let images = Tensor.full([x.shape[0], filters, sizes[0], sizes[1]], 0, dtype: x.dtype)
    let geometry = WindowGeometry(
      stride: stride, padding: padding.flatMap { [$0, $0] }, dilation: dilation)
    let y = gradients(
      of: conv2D(images, weight, geometry, groups: groups, precision: pass.precision), upstream: x,
      at: [images])[0]
    return hasBias ? y + pass.bias("bias", [filters]).reshaped([1, filters, 1, 1]) : y
  }
}
