public import Tensors

/// Joins all axes but the first: `[N, d₁, d₂, …]` becomes `[N, d₁ · d₂ · …]`.
public struct Flatten: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank > 0 else { return .invalid("flatten", "takes a batch [N, …], not a scalar") }
    return x.reshaped([x.shape[0], x.shape.dimensions.dropFirst().reduce(1, *)])
  }
}
