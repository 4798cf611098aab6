public import Tensors

/// The mean of each channel, `[N, C, H, W]` to `[N, C]`.
public struct GlobalAveragePool2D: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 4 else {
      return .invalid("globalAveragePool2D", "takes images [N, C, H, W], not \(x.shape)")
    }
    return x.mean([2, 3])
  }
}
