public import Tensors

/// A convolution the other way round: each pixel is spread over a window of the result.
///
///     y[n, k, p, q] = Σ_{c, r, s} x[n, c, h, w] · w[c, k, r, s] + b[k],   p = h · stride + r − padding, …
///
/// Takes `[N, C, H, W]` and gives `[N, filters, (H − 1) · stride − 2 · padding + kernel, …]`. It is the gradient of `Convolution2D` with
/// respect to its images, and its weights are `[C, filters, R, S]`, as in PyTorch.
///
/// - SeeAlso: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4.
public struct TransposedConvolution2D: Layer {
  public let filters: Int
  public let kernel: Int
  public let stride: Int
  public let padding: Int
  public let hasBias: Bool
  /// How weights begin; nil for what the run chooses.
  public let weights: Initializer?

  public init(
    filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    weights: Initializer? = nil
  ) {
    precondition(
      filters > 0 && kernel > 0 && stride > 0 && padding >= 0,
      "a transposed convolution needs filters, a window and a stride, not \(filters), \(kernel) and \(stride)"
    )
    (self.filters, self.kernel, self.stride, self.padding) = (filters, kernel, stride, padding)
    (hasBias, self.weights) = (bias, weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else {
      return .invalid("transposedConv2D", "takes images [N, C, H, W], not \(x.shape)")
    }
    let channels = x.shape[1]
    let sizes = [x.shape[2], x.shape[3]].map { ($0 - 1) * stride - 2 * padding + kernel }
    guard sizes.allSatisfy({ $0 > 0 }) else {
      return .invalid("transposedConv2D", "nothing is left of \(x.shape) by a padding of \(padding)")
    }
    let weight = pass.weight(
      "weight", [channels, filters, kernel, kernel], fanIn: channels * kernel * kernel / (stride * stride),
      fanOut: filters * kernel * kernel, initializer: weights)
    // What a convolution of images of the result's size would give its images as a gradient.
    let images = Tensor.full([x.shape[0], filters, sizes[0], sizes[1]], 0, dtype: x.dtype)
    let geometry = WindowGeometry(
      stride: [stride, stride], padding: [padding, padding, padding, padding], dilation: [1, 1])
    let y = gradients(
      of: conv2D(images, weight, geometry, precision: pass.precision), upstream: x, at: [images])[0]
    return hasBias ? y + pass.bias("bias", [filters]).reshaped([1, filters, 1, 1]) : y
  }
}
