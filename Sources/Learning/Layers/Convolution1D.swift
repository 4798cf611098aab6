public import Tensors

/// A 1-D convolution over sequences.
///
///     y[n, k, p] = Σ_{c, r} x[n, c, p·stride + r·dilation − padding] · w[k, c, r] + b[k]
///
/// Takes `[N, C, L]` and gives `[N, filters, P]`. Its weights are `[filters, C / groups, 1, R]`.
public struct Convolution1D: Layer {
  public let filters: Int
  public let kernel: Int
  public let stride: Int
  /// Zeros before and after.
  public let padding: [Int]
  public let dilation: Int
  public let groups: Int
  public let hasBias: Bool
  /// The initializer of the weights; nil for what the run chooses.
  public let weights: Initializer?

  /// - Parameters:
  ///   - padding: zeros before and after; one number for both.
  ///   - groups: the channels and the filters are cut into so many groups; filters of a group see its channels only.
  ///   - weights: how they begin; nil for what the run chooses.
  public init(
    filters: Int, kernel: Int, stride: Int = 1, padding: [Int] = [0, 0], dilation: Int = 1, groups: Int = 1,
    bias: Bool = true, weights: Initializer? = nil
  ) {
    precondition(
      filters > 0 && kernel > 0 && stride > 0 && (1...2).contains(padding.count),
      "a convolution needs filters, a window and padding on two sides, not \(filters), \(kernel) and \(padding)"
    )
    (self.filters, self.kernel, self.stride, self.padding) = (filters, kernel, stride, padding)
    (self.dilation, self.groups, hasBias, self.weights) = (dilation, groups, bias, weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 3 else { return .invalid("conv1D", "takes sequences [N, C, L], not \(x.shape)") }
    guard groups > 0, x.shape[1] % groups == 0, filters % groups == 0 else {
      return .invalid(
        "conv1D", "\(x.shape[1]) channels of \(x.shape) and \(filters) filters do not make \(groups) groups")
    }
    let channels = x.shape[1] / groups
    let weight = pass.weight(
      "weight", [filters, channels, 1, kernel], fanIn: channels * kernel, fanOut: filters * kernel,
      initializer: weights)
    let geometry = WindowGeometry(
      stride: [1, stride], padding: [0, 0, padding[0], padding[padding.count - 1]], dilation: [1, dilation])
    var y = conv2D(x.expanded(at: 2), weight, geometry, groups: groups, precision: pass.precision)
    if groups == 1, let adapter = pass.adapter(of: "weight", weight) {
      let narrow = conv2D(x.expanded(at: 2), adapter.down, geometry, precision: pass.precision)
      y = adapter.applied(to: y, conv2D(narrow, adapter.up, precision: pass.precision))
    }
    guard y.error == nil else { return y }
    let line = y.squeezed(2)
    return hasBias ? line + pass.bias("bias", [filters]).reshaped([1, filters, 1]) : line
  }
}
