public import Tensors

/// The mean of each window, `[N, C, H, W]` to `[N, C, P, Q]`.
public struct AveragePool2D: Layer {
  /// Rows and columns of the window; so is the stride by axis.
  public let window: [Int]
  public let stride: [Int]

  /// - Parameters:
  ///   - window: as the stride, one number for both axes or one for each.
  ///   - stride: nil for windows side by side.
  public init(window: some PerAxis, stride: (any PerAxis)? = nil) {
    self.window = window.rowsAndColumns
    self.stride = (stride ?? window).rowsAndColumns
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    averagePool2D(x, window: window, WindowGeometry(stride: stride))
  }
}
