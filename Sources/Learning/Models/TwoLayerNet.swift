public import Layers
public import Tensors

/// CS231n's first network: affine – ReLU – affine.
///
/// Takes `[N, …]` and gives scores `[N, classes]`.
public struct TwoLayerNet: Layer {
  public let hidden: Int
  public let classes: Int

  public init(hidden: Int = 100, classes: Int) {
    self.hidden = hidden
    self.classes = classes
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    FullyConnectedNet(hidden: [hidden], classes: classes).forward(x, in: pass)
  }
}
