public import Layers
public import Tensors

/// A network of inverted residuals with depthwise convolutions, efficient in parameters and arithmetic.
///
/// Takes `[N, C, H, W]` and gives scores `[N, classes]`. Images of up to 64×64 pixels are halved three times
/// instead of five, to keep enough resolution. Parameters are named as in torchvision, such as
/// `features.1.conv.0.0.weight`; the last layer is `classifier.1`.
///
/// - SeeAlso: Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks", table 2.
public struct MobileNetV2: Layer {
  /// Stages of equal blocks: expansion, filters, number of blocks, and stride of the first.
  private static let stages: [(expansion: Int, filters: Int, count: Int, stride: Int)] = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  public let classes: Int
  /// The dropout rate before the last layer.
  public let dropout: Double

  public init(classes: Int, dropout: Double = 0.2) { (self.classes, self.dropout) = (classes, dropout) }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil, x.rank == 4 else {
      return x.error == nil ? .invalid("mobileNetV2", "takes images [N, C, H, W], not \(x.shape)") : x
    }
    let isSmall = max(x.shape[2], x.shape[3]) <= 64
    var number = 0
    func name() -> String {
      defer { number += 1 }
      return "features.\(number)"
    }
    var x = pass.scope(name()) { convolved(x, filters: 32, kernel: 3, stride: isSmall ? 1 : 2, in: pass) }
    for (index, stage) in Self.stages.enumerated() {
      for block in 0..<stage.count {
        let stride = block == 0 && !(isSmall && index == 1) ? stage.stride : 1
        x = InvertedResidual(expansion: stage.expansion, filters: stage.filters, stride: stride)(
          x, in: pass, as: name())
      }
    }
    x = pass.scope(name()) { convolved(x, filters: 1280, kernel: 1, in: pass) }
    x = GlobalAveragePool2D()(x, in: pass, as: "avgpool")
    if dropout > 0 { x = Dropout(dropout)(x, in: pass, as: "classifier.0") }
    return Dense(classes)(x, in: pass, as: "classifier.1")
  }
}

/// An inverted residual: wide inside, narrow outside, with a shortcut if it keeps the shape.
///
///     y = bn(conv1×1(relu6(bn(depthwise3×3(relu6(bn(conv1×1(x)))))))),   + x
struct InvertedResidual: Layer {
  let expansion: Int
  let filters: Int
  let stride: Int

  func forward(_ x: Tensor, in pass: Pass) -> Tensor { pass.block(x) { branches($0, in: pass) } }

  private func branches(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    let (channels, width) = (x.shape[1], expansion * x.shape[1])
    return pass.scope("conv") {
      var (y, part) = (x, 0)
      if expansion > 1 {
        y = pass.scope("0") { convolved(y, filters: width, kernel: 1, in: pass) }
        part = 1
      }
      y = pass.scope("\(part)") {
        convolved(y, filters: width, kernel: 3, stride: stride, groups: width, in: pass)
      }
      y = Convolution2D(filters: filters, kernel: 1, bias: false)(y, in: pass, as: "\(part + 1)")
      y = BatchNorm()(y, in: pass, as: "\(part + 2)")
      return stride == 1 && channels == filters ? x + y : y
    }
  }
}

/// relu6(bn(conv(x))), with the names `0` and `1`.
private func convolved(
  _ x: Tensor, filters: Int, kernel: Int, stride: Int = 1, groups: Int = 1, in pass: Pass
) -> Tensor {
  let y = Convolution2D(
    filters: filters, kernel: kernel, stride: stride, padding: .uniform(kernel / 2), groups: groups,
    bias: false)(
      x, in: pass, as: "0")
  return minimum(relu(BatchNorm()(y, in: pass, as: "1")), 6)
}
