public import Tensors

/// A residual block that is narrow inside: 1×1, 3×3 and 1×1 convolutions, the last with four times as many filters.
///
///     y = relu(shortcut(x) + bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))))
///
/// Takes `[N, C, H, W]` and gives `[N, 4 · width, ⌈H / stride⌉, ⌈W / stride⌉]`. As in torchvision, whose
/// names it uses, the stride is the 3×3 convolution's; in the paper it is the first one's.
///
/// - SeeAlso: He et al. 2015, "Deep residual learning for image recognition", figure 5, right.
public struct Bottleneck: Layer {
  /// The ratio of the output's channels to the width.
  public static let expansion = 4

  /// Filters of the first two convolutions.
  public let width: Int
  public let stride: Int

  /// - Parameter stride: of the 3×3 convolution.
  public init(width: Int, stride: Int = 1) {
    precondition(
      width > 0 && stride > 0, "a bottleneck needs a width and a stride, not \(width) and \(stride)")
    self.width = width
    self.stride = stride
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { pass.block(x) { branches($0, in: pass) } }

  private func branches(_ x: Tensor, in pass: Pass) -> Tensor {
    let filters = Bottleneck.expansion * width
    let convolutions = [
      Convolution2D(filters: width, kernel: 1, bias: false),
      Convolution2D(filters: width, kernel: 3, stride: stride, padding: .uniform(1), bias: false),
      Convolution2D(filters: filters, kernel: 1, bias: false),
    ]
    var y = x
    for (number, convolution) in zip(1..., convolutions) {
      if number > 1 { y = relu(y) }
      y = convolution(y, in: pass, as: "conv\(number)")
      y = BatchNorm()(y, in: pass, as: "bn\(number)")
    }
    guard y.error == nil else { return y }
    return relu(shortcut(x, to: filters, stride: stride, in: pass) + y)
  }
}
