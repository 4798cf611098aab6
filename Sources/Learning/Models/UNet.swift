public import Layers
public import Tensors

/// A segmentation network with scores per pixel: an encoder to small images of many channels, and a decoder
/// with skip connections.
///
/// Takes `[N, C, H, W]` and gives `[N, classes, H, W]`. Each level has two 3×3 convolutions with batch
/// normalization and ReLU; images are halved by max pooling and doubled by a transposed convolution. Sides
/// that cannot be halved evenly are zero-padded at the bottom and right, and cropped again.
///
/// - SeeAlso: Ronneberger, Fischer & Brox 2015, "U-Net: convolutional networks for biomedical image segmentation",
///   figure 1. There the convolutions have no padding, so that scores are of the middle alone, and no normalization.
public struct UNet: Layer {
  public let classes: Int
  /// Channels per level, from the outermost to the bottom.
  public let widths: [Int]

  public init(classes: Int, widths: [Int] = [16, 32, 64, 128]) {
    precondition(
      classes > 0 && !widths.isEmpty && widths.allSatisfy { $0 > 0 },
      "a U-Net needs a class and a width of each level, not \(classes) and \(widths)")
    (self.classes, self.widths) = (classes, widths)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil, x.rank == 4 else {
      return x.error == nil ? .invalid("unet", "takes images [N, C, H, W], not \(x.shape)") : x
    }
    let levels = widths.count - 1
    let (height, width) = (x.shape[2], x.shape[3])
    let unit = 1 << levels
    let missing = [height, width].map { (unit - $0 % unit) % unit }
    var x = missing == [0, 0] ? x : x.padded(before: [0, 0, 0, 0], after: [0, 0] + missing)
    var beside: [Tensor] = []
    for level in 0..<levels {
      x = convolved(x, filters: widths[level], in: pass, as: "down\(level)")
      beside.append(x)
      x = MaxPool2D(window: 2).forward(x, in: pass)
    }
    x = convolved(x, filters: widths[levels], in: pass, as: "bottom")
    for level in (0..<levels).reversed() {
      x = TransposedConvolution2D(filters: widths[level], kernel: 2, stride: 2)(x, in: pass, as: "up\(level)")
      x = convolved(
        concatenate([beside[level], x], axis: 1), filters: widths[level], in: pass, as: "merge\(level)")
    }
    x = Convolution2D(filters: classes, kernel: 1)(x, in: pass, as: "scores")
    guard missing != [0, 0], x.error == nil else { return x }
    return x.sliced(from: [0, 0, 0, 0], [x.shape[0], classes, height, width])
  }

  private func convolved(_ x: Tensor, filters: Int, in pass: Pass, as name: String) -> Tensor {
    Sequential {
      for _ in 0..<2 {
        Convolution2D(filters: filters, kernel: 3, padding: .same, bias: false)
        BatchNorm()
        ReLU()
      }
    }(x, in: pass, as: name)
  }
}
