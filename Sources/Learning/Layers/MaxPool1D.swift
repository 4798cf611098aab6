public import Tensors

/// The greatest element of each window of a sequence, `[N, C, L]` to `[N, C, P]`.
public struct MaxPool1D: Layer {
  public let window: Int
  public let stride: Int
  /// Places before and after the sequence, which never win.
  public let padding: Int

  /// - Parameter stride: nil for windows side by side.
  public init(window: Int, stride: Int? = nil, padding: Int = 0) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 3 else { return .invalid("maxPool1D", "takes sequences [N, C, L], not \(x.shape)") }
    let y = maxPool2D(
      x.expanded(at: 2), window: [1, window],
      WindowGeometry(stride: [1, stride], padding: [0, 0, padding, padding]))
    return y.error == nil ? y.squeezed(2) : y
  }
}
