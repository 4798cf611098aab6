public import Layers
public import Tensors

/// A residual network: a convolution, stages of residual blocks, global average pooling, and a dense layer.
///
/// Takes `[N, C, H, W]` and gives scores `[N, classes]`. The first block of every stage but the first halves
/// the image. Parameters are named as in torchvision, such as `layer1.0.conv1.weight`; the last layer is
/// `fc`.
///
/// - SeeAlso: He et al. 2015, "Deep residual learning for image recognition".
public struct ResNet: Layer {
  /// The kind of residual block.
  public enum Block: Sendable {
    /// `BasicBlock`, with the stage's width.
    case basic
    /// `Bottleneck`, with four times the stage's width outside.
    case bottleneck
  }

  /// The layers before the stages.
  public enum Stem: String, Codable, Sendable {
    /// A 7×7 convolution of stride 2, and a 3×3 max pool of stride 2: the image shrinks to a quarter.
    case large
    /// A 3×3 convolution of stride 1: the image keeps its size.
    case small
    /// `small` for images of up to 64×64 pixels, for which `large` would leave too little resolution.
    case automatic
  }

  public let block: Block
  /// Blocks per stage.
  public let depths: [Int]
  /// The width of each stage.
  public let widths: [Int]
  public let classes: Int
  public let stem: Stem

  /// - Parameters:
  ///   - depths: blocks per stage.
  ///   - widths: the width of each stage; the first is the stem's too.
  public init(_ block: Block, depths: [Int], widths: [Int], classes: Int, stem: Stem = .automatic) {
    precondition(
      !depths.isEmpty && depths.count == widths.count && (depths + widths).allSatisfy { $0 > 0 },
      "a residual network needs a depth and a width of each stage, not \(depths) and \(widths)")
    self.block = block
    self.depths = depths
    self.widths = widths
    self.classes = classes
    self.stem = stem
  }

  /// Table 1 of the paper, 18 layers.
  public static func resNet18(classes: Int, stem: Stem = .automatic) -> ResNet {
    ResNet(.basic, depths: [2, 2, 2, 2], widths: [64, 128, 256, 512], classes: classes, stem: stem)
  }

  /// Table 1 of the paper, 34 layers.
  public static func resNet34(classes: Int, stem: Stem = .automatic) -> ResNet {
    ResNet(.basic, depths: [3, 4, 6, 3], widths: [64, 128, 256, 512], classes: classes, stem: stem)
  }

  /// Table 1 of the paper, 50 layers.
  public static func resNet50(classes: Int, stem: Stem = .automatic) -> ResNet {
    ResNet(.bottleneck, depths: [3, 4, 6, 3], widths: [64, 128, 256, 512], classes: classes, stem: stem)
  }

  /// Section 4.2 of the paper, for images of 32×32 pixels: 20 layers, 16 to 64 filters.
  ///
  /// The paper's shortcuts into a new stage pad with zero channels; these project, as in the larger networks,
  /// which adds 2,752 parameters.
  public static func resNet20(classes: Int) -> ResNet {
    ResNet(.basic, depths: [3, 3, 3], widths: [16, 32, 64], classes: classes, stem: .small)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    var x = pass.block(x) { stemmed($0, in: pass) }
    for (stage, (depth, width)) in zip(depths, widths).enumerated() {
      let blocks = (0..<depth).map { makeBlock(width, stride: stage > 0 && $0 == 0 ? 2 : 1) }
      x = Sequential(blocks)(x, in: pass, as: "layer\(stage + 1)")
    }
    x = GlobalAveragePool2D()(x, in: pass, as: "avgpool")
    return Dense(classes)(x, in: pass, as: "fc")
  }

  private func stemmed(_ x: Tensor, in pass: Pass) -> Tensor {
    let isLarge =
      switch stem {
      case .large: true
      case .small: false
      case .automatic: x.rank == 4 && max(x.shape[2], x.shape[3]) > 64
      }
    let convolution = Convolution2D(
      filters: widths[0], kernel: isLarge ? 7 : 3, stride: isLarge ? 2 : 1,
      padding: .uniform(isLarge ? 3 : 1),
      bias: false)
    let y = relu(BatchNorm()(convolution(x, in: pass, as: "conv1"), in: pass, as: "bn1"))
    return isLarge ? MaxPool2D(window: 3, stride: 2, padding: 1)(y, in: pass, as: "maxpool") : y
  }

  private func makeBlock(_ width: Int, stride: Int) -> any Layer {
    switch block {
    case .basic: BasicBlock(filters: width, stride: stride)
    case .bottleneck: Bottleneck(width: width, stride: stride)
    }
  }
}
