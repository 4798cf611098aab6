public import Tensors

/// A 2-D convolution over images.
///
///     y[n, k, p, q] = Σ_{c, r, s} x[n, c, p·stride + r·dilation − padding, …] · w[k, c, r, s] + b[k]
///
/// Takes `[N, C, H, W]` and gives `[N, filters, P, Q]`. Its weights are `[filters, C / groups, R, S]`.
public struct Convolution2D: Layer {
  /// The zero padding around the images.
  public enum Padding: Hashable, Sendable {
    /// None: windows lie within the image.
    case valid
    /// As much as gives ⌈size / stride⌉ results; where that is odd, one more at the bottom and at the right.
    case same
    /// The same number of rows and columns on every side.
    case uniform(Int)
    /// Rows above and below, columns to the left and to the right.
    case sides(top: Int, bottom: Int, left: Int, right: Int)
  }

  public let filters: Int
  /// Rows and columns of the window; so are stride and dilation by axis.
  public let kernel: [Int]
  public let stride: [Int]
  public let padding: Padding
  public let dilation: [Int]
  public let groups: Int
  public let hasBias: Bool
  /// The initializer of the weights; nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - kernel: rows, and columns, of the window; as stride and dilation, one number for both axes or one for each.
  ///   - groups: the channels and the filters are cut into so many groups; filters of a group see its channels only.
  public init(
    filters: Int, kernel: some PerAxis, stride: some PerAxis = 1, padding: Padding = .valid,
    dilation: some PerAxis = 1, groups: Int = 1, bias: Bool = true, weights: Initializer? = nil
  ) {
    (self.filters, self.kernel, self.stride) = (filters, kernel.rowsAndColumns, stride.rowsAndColumns)
    (self.padding, self.dilation, self.groups) = (padding, dilation.rowsAndColumns, groups)
    (hasBias, self.weights) = (bias, weights)
    precondition(
      filters > 0 && self.kernel.count == 2 && self.kernel.allSatisfy { $0 > 0 },
      "a convolution needs filters and a window of two sizes, not \(filters) of \(self.kernel)")
    precondition(
      self.stride.count == 2 && self.dilation.count == 2,
      "a convolution takes a stride and a dilation for each of two axes, not \(self.stride) and \(self.dilation)"
    )
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else { return .invalid("conv2D", "takes images [N, C, H, W], not \(x.shape)") }
    guard groups > 0, x.shape[1] % groups == 0, filters % groups == 0 else {
      return .invalid(
        "conv2D", "\(x.shape[1]) channels of \(x.shape) and \(filters) filters do not make \(groups) groups")
    }
    let geometry = WindowGeometry(
      stride: stride, padding: sides(of: [x.shape[2], x.shape[3]]), dilation: dilation)
    let channels = x.shape[1] / groups
    let weight = pass.weight(
      "weight", [filters, channels, kernel[0], kernel[1]], fanIn: channels * kernel[0] * kernel[1],
      fanOut: filters * kernel[0] * kernel[1], initializer: weights)
    var y = conv2D(x, weight, geometry, groups: groups, precision: pass.precision)
    // Filters of several groups have no low rank in common.
    if groups == 1, let adapter = pass.adapter(of: "weight", weight) {
      let narrow = conv2D(x, adapter.down, geometry, precision: pass.precision)
      y = adapter.applied(to: y, conv2D(narrow, adapter.up, precision: pass.precision))
    }
    return hasBias ? y + pass.bias("bias", [filters]).reshaped([1, filters, 1, 1]) : y
  }

  /// Top, bottom, left, right.
  private func sides(of image: [Int]) -> [Int] {
    switch padding {
    case .valid: [0, 0, 0, 0]
    case .uniform(let width): [width, width, width, width]
    case .sides(let top, let bottom, let left, let right): [top, bottom, left, right]
    // Of a stride that is refused later.
    case .same where stride.contains { $0 < 1 }: [0, 0, 0, 0]
    case .same:
      (0..<2).flatMap { axis in
        let results = (image[axis] + stride[axis] - 1) / stride[axis]
        let reach = dilation[axis] * (kernel[axis] - 1) + 1
        let missing = max(0, (results - 1) * stride[axis] + reach - image[axis])
        return [missing / 2, missing - missing / 2]
      }
    }
  }
}
