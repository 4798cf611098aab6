public import Layers
public import Tensors

/// Dense layers with ReLU between them, each hidden one with normalization and dropout if asked for:
/// (affine – normalization – ReLU – dropout) × L – affine.
///
/// Takes `[N, …]` and gives scores `[N, classes]`. Layers are numbered in order, so without normalization and
/// dropout the parameters are `0.weight [D, H₁]`, `0.bias`, `2.weight [H₁, H₂]`, and so on.
public struct FullyConnectedNet: Layer {
  public enum Normalization: String, Codable, Sendable, CaseIterable {
    case none, batch, layer
  }

  public let hidden: [Int]
  public let classes: Int
  public let normalization: Normalization

  /// The probability of dropping a hidden unit.
  public let dropout: Double

  public init(hidden: [Int], classes: Int, normalization: Normalization = .none, dropout: Double = 0) {
    self.hidden = hidden
    self.classes = classes
    self.normalization = normalization
    self.dropout = dropout
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    Sequential {
      for units in hidden {
        Dense(units)
        switch normalization {
        case .none: []
        case .batch: BatchNorm()
        case .layer: LayerNorm()
        }
        ReLU()
        if dropout > 0 {
          Dropout(dropout)
        }
      }
      Dense(classes)
    }
    .forward(Flatten().forward(x, in: pass), in: pass)
  }
}
