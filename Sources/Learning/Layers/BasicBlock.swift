public import Tensors

/// A residual block of two 3×3 convolutions.
///
///     y = relu(shortcut(x) + bn2(conv2(relu(bn1(conv1(x))))))
///
/// Takes `[N, C, H, W]` and gives `[N, filters, ⌈H / stride⌉, ⌈W / stride⌉]`. The convolutions have no bias:
/// normalization would cancel it. The names are those of torchvision.
///
/// - SeeAlso: He et al. 2015, "Deep residual learning for image recognition", figure 5, left.
public struct BasicBlock: Layer {
  public let filters: Int
  public let stride: Int

  /// - Parameter stride: of the first convolution.
  public init(filters: Int, stride: Int = 1) {
    precondition(
      filters > 0 && stride > 0, "a residual block needs filters and a stride, not \(filters) and \(stride)")
    self.filters = filters
    self.stride = stride
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { pass.block(x) { branches($0, in: pass) } }

  private func branches(_ x: Tensor, in pass: Pass) -> Tensor {
    var y = x
    for (number, stride) in [(1, stride), (2, 1)] {
      if number > 1 { y = relu(y) }
      y = Convolution2D(filters: filters, kernel: 3, stride: stride, padding: .uniform(1), bias: false)(
        y, in: pass, as: "conv\(number)")
      y = BatchNorm()(y, in: pass, as: "bn\(number)")
    }
    guard y.error == nil else { return y }
    return relu(shortcut(x, to: filters, stride: stride, in: pass) + y)
  }
}
