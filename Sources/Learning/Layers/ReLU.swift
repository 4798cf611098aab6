public import Tensors

/// The rectifier, max(x, 0), of any shape.
///
/// Its derivative at 0 is 0.
public struct ReLU: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor { relu(x) }
}
