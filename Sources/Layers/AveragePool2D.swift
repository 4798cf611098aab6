public import Tensors

/// The mean of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct AveragePool2D: Layer {
  public let window: Int
  public let stride: Int

  /// - Parameter stride: nil for adjacent windows.
  public init(window: Int, stride: Int? = nil) {
    self.window = window
    self.stride = stride ?? window
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    averagePool2D(x, window: [window, window], WindowGeometry(stride: [stride, stride]))
  }
}
