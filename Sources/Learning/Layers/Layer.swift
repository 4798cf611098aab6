public import Tensors

/// A part of a model: a forward pass written with tensor operations.
///
/// Its backward pass is derived from theirs (automatic differentiation).
///
///     struct Swish: Layer {
///       func forward(_ x: Tensor, in pass: Pass) -> Tensor { x * sigmoid(x) }
///     }
///
/// A layer with parameters asks the pass for them by name, with shapes that follow from its input. A
/// composite layer runs its parts under names of its own: `hidden(x, in: pass, as: "hidden")`.
public protocol Layer: Sendable {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor
}

extension Layer {
  /// Runs the layer as a named part of another one.
  ///
  /// The name becomes part of its parameters' names.
  public func callAsFunction(_ x: Tensor, in pass: Pass, as name: String) -> Tensor {
    pass.scope(name, kind: "\(Self.self)") { forward(x, in: pass) }
  }
}
