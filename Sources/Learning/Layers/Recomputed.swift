public import Tensors

/// A layer whose activations are recomputed in the backward pass instead of being kept.
///
///     Recomputed {
///       Convolution2D(filters: 64, kernel: 3, padding: .same)
///       BatchNorm()
///       ReLU()
///     }
///
/// Only the layer's input stays in memory, at the cost of one more forward pass: gradient checkpointing. Its
/// results, gradients and parameter names are unchanged.
///
/// - SeeAlso: `recomputed(_:from:)`.
public struct Recomputed: Layer {
  public let layer: any Layer

  public init(_ layer: any Layer) { self.layer = layer }

  /// Layers applied one after another, all recomputed together.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(Sequential(layers)) }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let y = layer.forward(x, in: pass)
    return pass.mode == .training ? recomputed(y, from: x) : y
  }
}
