public import Tensors

/// Each pixel repeated, `[N, C, H, W]` to `[N, C, factor · H, factor · W]`: nearest-neighbour upsampling.
public struct Upsample2D: Layer {
  public let factor: Int

  public init(factor: Int = 2) {
    precondition(factor > 0, "an image is made larger by a factor of at least 1, not \(factor)")
    self.factor = factor
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else { return .invalid("upsample2D", "takes images [N, C, H, W], not \(x.shape)") }
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return x.reshaped([n * c, h, 1, w, 1]).broadcast(to: [n * c, h, factor, w, factor])
      .reshaped([n, c, h * factor, w * factor])
  }
}
