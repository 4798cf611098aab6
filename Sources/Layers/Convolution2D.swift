public import Tensors

/// A layer of filters that move over images.
///
///     y[n, k, p, q] = Σ_{c, r, s} x[n, c, p·stride + r·dilation − padding, …] · w[k, c, r, s] + b[k]
///
/// Takes `[N, C, H, W]` and gives `[N, filters, P, Q]`. Its weights are `[filters, C / groups, R, S]`.
public struct Convolution2D: Layer {
  /// How much zero padding surrounds the images.
  public enum Padding: Hashable, Sendable {
    /// None: windows lie within the image.
    case valid
    /// As much as gives ⌈size / stride⌉ results; where that is uneven, one more at the bottom and at the right.
    case same
    /// The same number of rows and columns on every side.
    case uniform(Int)
  }

  public let filters: Int
  public let kernel: [Int]
  public let stride: Int
  public let padding: Padding
  public let dilation: Int
  public let groups: Int
  public let hasBias: Bool
  /// How weights begin; nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - kernel: rows, and columns, of the window.
  ///   - groups: the channels and the filters are cut into so many groups; filters of a group see its channels only.
  ///   - weights: how they begin; nil for what the run chooses.
  public init(
    filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1, groups: Int = 1,
    bias: Bool = true, weights: Initializer? = nil
  ) {
    self.init(
      filters: filters, kernel: [kernel, kernel], stride: stride, padding: padding, dilation: dilation,
      groups: groups,
      bias: bias, weights: weights)
  }

  /// - Parameters:
  ///   - kernel: rows and columns of the window.
  ///   - groups: as above.
  public init(
    filters: Int, kernel: [Int], stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
    groups: Int = 1,
    bias: Bool = true, weights: Initializer? = nil
  ) {
    precondition(
      filters > 0 && kernel.count == 2 && kernel.allSatisfy { $0 > 0 },
      "a convolution needs filters and a window of two sizes, not \(filters) of \(kernel)")
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.weights = weights
    hasBias = bias
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else { return .invalid("conv2D", "takes images [N, C, H, W], not \(x.shape)") }
    guard groups > 0, x.shape[1] % groups == 0, filters % groups == 0 else {
      return .invalid(
        "conv2D", "\(x.shape[1]) channels of \(x.shape) and \(filters) filters do not make \(groups) groups")
    }
    let geometry = WindowGeometry(
      stride: [stride, stride], padding: sides(of: [x.shape[2], x.shape[3]]), dilation: [dilation, dilation])
    let channels = x.shape[1] / groups
    let weight = pass.weight(
      "weight", [filters, channels, kernel[0], kernel[1]], fanIn: channels * kernel[0] * kernel[1],
      fanOut: filters * kernel[0] * kernel[1], initializer: weights)
    let y = conv2D(x, weight, geometry, groups: groups, precision: pass.precision)
    return hasBias ? y + pass.bias("bias", [filters]).reshaped([1, filters, 1, 1]) : y
  }

  /// Top, bottom, left, right.
  private func sides(of image: [Int]) -> [Int] {
    switch padding {
    case .valid: [0, 0, 0, 0]
    case .uniform(let width): [width, width, width, width]
    // Of a stride that is refused later.
    case .same where stride < 1: [0, 0, 0, 0]
    case .same:
      (0..<2).flatMap { axis in
        let results = (image[axis] + stride - 1) / stride
        let missing = max(0, (results - 1) * stride + dilation * (kernel[axis] - 1) + 1 - image[axis])
        return [missing / 2, missing - missing / 2]
      }
    }
  }
}
