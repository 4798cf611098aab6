public import Tensors

/// The mean of each window of a sequence, `[N, C, L]` to `[N, C, P]`.
public struct AveragePool1D: Layer {
  public let window: Int
  public let stride: Int

  /// - Parameter stride: nil for windows side by side.
  public init(window: Int, stride: Int? = nil) {
    self.window = window
    self.stride = stride ?? window
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank == 3 else { return .invalid("averagePool1D", "takes sequences [N, C, L], not \(x.shape)") }
    let y = averagePool2D(x.expanded(at: 2), window: [1, window], WindowGeometry(stride: [1, stride]))
    return y.error == nil ? y.squeezed(2) : y
  }
}
