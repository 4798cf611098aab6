public import Tensors

/// The maximum of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct MaxPool2D: Layer {
  public let window: Int
  public let stride: Int
  /// Rows and columns of padding, which are never the maximum.
  public let padding: Int

  /// - Parameter stride: nil for adjacent windows.
  public init(window: Int, stride: Int? = nil, padding: Int = 0) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    maxPool2D(
      x, window: [window, window],
      WindowGeometry(stride: [stride, stride], padding: [padding, padding, padding, padding]))
  }
}
