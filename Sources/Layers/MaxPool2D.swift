public import Tensors

/// The greatest element of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct MaxPool2D: Layer {
  public let window: Int
  public let stride: Int

  /// - Parameter stride: nil for windows side by side.
  public init(window: Int, stride: Int? = nil) {
    self.window = window
    self.stride = stride ?? window
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    maxPool2D(x, window: [window, window], WindowGeometry(stride: [stride, stride]))
  }
}
