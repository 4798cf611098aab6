public import Layers
public import Tensors

/// A vision transformer: an image is cut into patches, which a Transformer's encoder takes as a sequence.
///
///     x = patches W + b,   x = [class, x] + positions,   blocks,   scores = norm(x)₀ H + c
///
/// Takes images `[N, C, H, W]` whose sides are multiples of the patch, and gives `[N, classes]`. Patches are a convolution whose window and
/// stride are the patch. What is told from is a learned vector that goes along as the first of the sequence, or, without one,
/// the mean of all patches. Matrices begin as Gaussian numbers of standard deviation 0.02.
///
/// - SeeAlso: Dosovitskiy et al. 2021, "An image is worth 16×16 words".
public struct ViT: Layer {
  /// What of a sequence the scores are told from.
  public enum Pooling: String, Codable, Hashable, Sendable, CaseIterable {
    /// A learned vector in the first place, which looks at the patches.
    case classToken = "class-token"
    /// The mean of all patches.
    case mean
  }

  public let classes: Int
  /// The side of a patch in pixels.
  public let patch: Int
  public let blocks: Int
  public let heads: Int
  public let channels: Int
  /// The units of the MLP of a block.
  public let mlpWidth: Int
  public let pooling: Pooling
  public let gelu: GELU.Form
  /// The term ε of all norms.
  public let epsilon: Double
  public let dropout: Double

  /// - Parameters:
  ///   - patch: the side of a patch in pixels, a divisor of the sides of images.
  ///   - heads: a divisor of the channels.
  ///   - mlpWidth: the units of the MLP of a block; nil for four times the channels.
  ///   - pooling: what of a sequence the scores are told from.
  ///   - gelu: its form in MLPs.
  ///   - epsilon: the term ε of all norms.
  ///   - dropout: of the embedding, of attention's weights, and of what each part of a block adds.
  public init(
    classes: Int, patch: Int = 16, blocks: Int = 12, heads: Int = 12, channels: Int = 768,
    mlpWidth: Int? = nil, pooling: Pooling = .classToken, gelu: GELU.Form = .exact, epsilon: Double = 1e-6,
    dropout: Double = 0
  ) {
    precondition(
      classes > 0 && patch > 0 && blocks > 0 && heads > 0 && channels > 0
        && channels.isMultiple(of: heads) && mlpWidth ?? 1 > 0,
      "a ViT of \(blocks) blocks with \(heads) heads and \(channels) channels on patches of \(patch) pixels cannot be made: heads "
        + "have to divide channels")
    (self.classes, self.patch, self.blocks, self.heads) = (classes, patch, blocks, heads)
    (self.channels, self.mlpWidth, self.pooling) = (channels, mlpWidth ?? 4 * channels, pooling)
    (self.gelu, self.epsilon, self.dropout) = (gelu, epsilon, dropout)
  }

  private static let usual = Initializer.normal(standardDeviation: 0.02)

  public func forward(_ images: Tensor, in pass: Pass) -> Tensor {
    guard images.error == nil else { return images }
    guard images.rank == 4, images.dtype.isFloating, images.shape[2] > 0, images.shape[3] > 0,
      images.shape[2].isMultiple(of: patch), images.shape[3].isMultiple(of: patch)
    else {
      return .invalid(
        "vit",
        "takes float images [N, C, H, W] whose sides are multiples of its patches of \(patch)×\(patch), not "
          + "\(images.dtype)\(images.shape)")
    }
    let count = images.shape[0]
    let grid = Convolution2D(filters: channels, kernel: patch, stride: patch, weights: ViT.usual)(
      images, in: pass, as: "patches")
    guard grid.error == nil else { return grid }
    var x = grid.reshaped([count, channels, grid.shape[2] * grid.shape[3]]).transposed([0, 2, 1])
    if pooling == .classToken {
      let token = pass.weight("class_token", [1, 1, channels], fanIn: channels, initializer: ViT.usual)
      x = concatenate([token.broadcast(to: [count, 1, channels]), x], axis: 1)
    }
    guard x.error == nil else { return x }
    let places = pass.scope("positions", kind: "Embedding") {
      pass.weight("weight", [x.shape[1], channels], fanIn: channels, initializer: ViT.usual)
    }
    x = x + places
    if dropout > 0 { x = Dropout(dropout)(x, in: pass, as: "dropout") }
    let block = EncoderBlock(
      heads: heads, mlpWidth: mlpWidth, gelu: gelu, epsilon: epsilon, dropout: dropout, weights: ViT.usual)
    for number in 0..<blocks { x = pass.block(x) { block($0, in: pass, as: "block\(number)") } }
    x = LayerNorm(epsilon: epsilon)(x, in: pass, as: "norm")
    let told = pooling == .classToken ? x[.all, 0] : x.mean([1])
    return Dense(classes, weights: ViT.usual)(told, in: pass, as: "head")
  }
}
