import Tensors

/// Random label-preserving transforms of training images, drawn anew each time an image is used.
public struct Augmentation: Codable, Hashable, Sendable {
  /// Mirror each image, left to right, with probability ½.
  public var horizontalFlip: Bool

  /// Shift each image by up to this many pixels in each direction; the border is replicated.
  ///
  /// Equivalent to a random crop after padding.
  public var shift: Int

  public static let none = Augmentation()

  public init(horizontalFlip: Bool = false, shift: Int = 0) {
    self.horizontalFlip = horizontalFlip
    self.shift = shift
  }

  /// Transforms images `[N, C, H, W]`.
  ///
  ///     y[n, c, h, w] = x[n, c, h + δₙ, w′ + εₙ],   w′ = w or W − 1 − w,   δ, ε ∈ {−shift … shift}
  func callAsFunction(_ images: Tensor, key: Tensor, counter: Tensor) -> Tensor {
    guard self != .none, images.error == nil else { return images }
    let sizes = images.shape.dimensions
    let (count, channels, height, width) = (sizes[0], sizes[1], sizes[2], sizes[3])
    func draw(_ name: String) -> Tensor {
      randomUniform([count, 1, 1, 1], key: key, counter: counter, stream: Philox.stream(named: name))
    }
    func shifted(_ place: Tensor, _ name: String, within size: Int) -> Tensor {
      guard shift > 0 else { return place }
      let distance = (draw(name) * Double(2 * shift + 1)).cast(to: .int32) - Double(shift)
      return minimum(
        maximum(place + distance, Tensor(0, dtype: .int32)), Tensor(Double(size - 1), dtype: .int32))
    }
    var column = Tensor.indices(width).reshaped([1, 1, 1, width])
    if horizontalFlip {
      column = select(draw("augmentation.flip") .< 0.5, Double(width - 1) - column, column)
    }
    let row = shifted(Tensor.indices(height).reshaped([1, 1, height, 1]), "augmentation.row", within: height)
    column = shifted(column, "augmentation.column", within: width)
    let plane = Tensor.indices(count * channels).reshaped([count, channels, 1, 1])
    let place = (plane * Double(height) + row) * Double(width) + column
    return images.reshaped([images.shape.count])
      .gathered(at: place.broadcast(to: images.shape).reshaped([images.shape.count]))
      .reshaped(images.shape)
  }
}
