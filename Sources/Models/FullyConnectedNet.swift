public import Layers
public import Tensors

/// Dense layers with ReLU between them: affine – ReLU – … – affine.
///
/// Takes `[N, …]` and gives scores `[N, classes]`. With hidden layers of H₁, H₂, … units the parameters are
/// `0.weight [D, H₁]`, `0.bias`, `2.weight [H₁, H₂]`, and so on.
public struct FullyConnectedNet: Layer {
  public let hidden: [Int]
  public let classes: Int

  public init(hidden: [Int], classes: Int) {
    self.hidden = hidden
    self.classes = classes
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    Sequential {
      for units in hidden {
        Dense(units)
        ReLU()
      }
      Dense(classes)
    }
    .forward(x, in: pass)
  }
}
