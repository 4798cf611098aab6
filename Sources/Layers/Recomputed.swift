public import Tensors

/// A layer whose activations are computed again in the backward pass, in place of being kept until then.
///
///     Recomputed {
///       Convolution2D(filters: 64, kernel: 3, padding: .same)
///       BatchNorm()
///       ReLU()
///     }
///
/// Of the layer only its input stays in memory, for one more forward pass of it: gradient checkpointing. Its results, its
/// gradients and its parameters' names are as without.
///
/// - SeeAlso: `recomputed(_:from:)`.
public struct Recomputed: Layer {
  public let layer: any Layer

  public init(_ layer: any Layer) { self.layer = layer }

  /// Layers applied one after another, all computed again together.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(Sequential(layers)) }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let y = layer.forward(x, in: pass)
    return pass.mode == .training ? recomputed(y, from: x) : y
  }
}
