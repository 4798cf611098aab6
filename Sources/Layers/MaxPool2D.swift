public import Tensors

/// The greatest element of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct MaxPool2D: Layer {
  public let window: Int
  public let stride: Int
  /// Rows and columns around the image, which never win.
  public let padding: Int

  /// - Parameter stride: nil for windows side by side.
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
