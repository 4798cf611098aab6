public import Tensors

/// The maximum of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct MaxPool2D: Layer {
  /// Rows and columns of the window; so are stride and padding by axis.
  public let window: [Int]
  public let stride: [Int]
  /// Rows and columns on either side of the image, which never win.
  public let padding: [Int]

  /// - Parameters:
  ///   - window: as the others, one number for both axes or one for each.
  ///   - stride: nil for windows side by side.
  public init(window: some PerAxis, stride: (any PerAxis)? = nil, padding: some PerAxis = 0) {
    self.window = window.rowsAndColumns
    self.stride = (stride ?? window).rowsAndColumns
    self.padding = padding.rowsAndColumns
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    maxPool2D(x, window: window, WindowGeometry(stride: stride, padding: padding.flatMap { [$0, $0] }))
  }
}
