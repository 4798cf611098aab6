public import Layers
public import Tensors

/// A deep plain network: groups of 3×3 convolutions with batch normalization and ReLU, each followed by a 2×2
/// max pool.
///
/// Takes `[N, C, H, W]` and gives scores `[N, classes]`. Differences from the paper's networks, which are for
/// 224×224 pixels:
///
/// - batch normalization follows each convolution, which therefore has no bias;
/// - a pool on fewer than 2×2 pixels is omitted, so any image size is possible;
/// - global average pooling and one dense layer replace three dense layers, which would hold most
///   parameters.
///
/// The convolutions are named as in torchvision's versions with batch normalization, such as
/// `features.0.weight`, for every image size; the dense layer is `classifier`.
///
/// - SeeAlso: Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image recognition", table 1.
public struct VGG: Layer {
  /// Filters of each convolution, group by group.
  public let groups: [[Int]]
  public let classes: Int

  public init(groups: [[Int]], classes: Int) {
    self.groups = groups
    self.classes = classes
  }

  /// Column A of the paper's table: 8 convolutions.
  public static func vgg11(classes: Int) -> VGG {
    VGG(groups: [[64], [128], [256, 256], [512, 512], [512, 512]], classes: classes)
  }

  /// Column D of the paper's table: 13 convolutions.
  public static func vgg16(classes: Int) -> VGG {
    VGG(
      groups: [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]], classes: classes)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    var x = pass.scope("features") { features(x, in: pass) }
    x = GlobalAveragePool2D()(x, in: pass, as: "avgpool")
    return Dense(classes)(x, in: pass, as: "classifier")
  }

  private func features(_ x: Tensor, in pass: Pass) -> Tensor {
    var (x, position) = (x, 0)
    func apply(_ layer: some Layer) {
      x = layer(x, in: pass, as: "\(position)")
      position += 1
    }
    for group in groups {
      x = pass.block(x) { input in
        x = input
        for filters in group {
          apply(Convolution2D(filters: filters, kernel: 3, padding: .uniform(1), bias: false))
          apply(BatchNorm())
          apply(ReLU())
        }
        guard x.error == nil else { return x }
        if min(x.shape[2], x.shape[3]) >= 2 { apply(MaxPool2D(window: 2)) } else { position += 1 }
        return x
      }
    }
    return x
  }
}
