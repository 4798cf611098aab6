public import Tensors

/// A layer of filters that move through volumes: scans, or frames of a video.
///
///     y[n, k, o, p, q] = Σ_{c, t, r, s} x[n, c, o·stride + t·dilation − padding, …] · w[k, c, t, r, s] + b[k]
///
/// Takes `[N, C, D, H, W]` and gives `[N, filters, O, P, Q]`. Its weights are `[filters, C / groups, T, R, S]`.
///
/// - SeeAlso: Tran et al. 2015, "Learning spatiotemporal features with 3D convolutional networks".
public struct Convolution3D: Layer {
  public let filters: Int
  /// Depth, rows and columns of the window.
  public let kernel: [Int]
  public let geometry: VolumeGeometry
  public let groups: Int
  public let hasBias: Bool
  /// The initializer of the weights; nil for what the run chooses.
  public let weights: Initializer?

  /// A cube as the window, everything alike along the three axes.
  public init(
    filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1,
    bias: Bool = true, weights: Initializer? = nil
  ) {
    let each = { (number: Int) in Array(repeating: number, count: 3) }
    self.init(
      filters: filters, kernel: each(kernel),
      VolumeGeometry(
        stride: each(stride), padding: each(padding) + each(padding), dilation: each(dilation)),
      groups: groups, bias: bias, weights: weights)
  }

  public init(
    filters: Int, kernel: [Int], _ geometry: VolumeGeometry = VolumeGeometry(), groups: Int = 1,
    bias: Bool = true, weights: Initializer? = nil
  ) {
    precondition(
      filters > 0 && kernel.count == 3 && kernel.allSatisfy { $0 > 0 },
      "a convolution of volumes needs filters and a window of three sizes, not \(filters) of \(kernel)")
    (self.filters, self.kernel, self.geometry) = (filters, kernel, geometry)
    (self.groups, hasBias, self.weights) = (groups, bias, weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 5 else { return .invalid("conv3D", "takes volumes [N, C, D, H, W], not \(x.shape)") }
    guard groups > 0, x.shape[1] % groups == 0, filters % groups == 0 else {
      return .invalid(
        "conv3D", "\(x.shape[1]) channels of \(x.shape) and \(filters) filters do not make \(groups) groups")
    }
    let window = [x.shape[1] / groups] + kernel
    let weight = pass.weight(
      "weight", Shape([filters] + window), fanIn: window.reduce(1, *),
      fanOut: filters * kernel.reduce(1, *), initializer: weights)
    var y = conv3D(x, weight, geometry, groups: groups, precision: pass.precision)
    if groups == 1, let adapter = pass.adapter(of: "weight", weight) {
      let narrow = conv3D(x, adapter.down, geometry, precision: pass.precision)
      y = adapter.applied(to: y, conv3D(narrow, adapter.up, precision: pass.precision))
    }
    return hasBias ? y + pass.bias("bias", [filters]).reshaped([1, filters, 1, 1, 1]) : y
  }
}
