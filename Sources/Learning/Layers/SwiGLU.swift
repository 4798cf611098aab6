public import Tensors

/// A gated MLP, as in Llama: one projection decides how much of another goes on.
///
///     y = (silu(x Wg) ∘ x Wu) Wd,   silu(z) = z σ(z)
///
/// `x` is of any rank from 2, and its last axis D stays: the projections `gate` and `up` are `[D, width]`, `down` is `[width, D]`.
///
/// - SeeAlso: Shazeer 2020, "GLU variants improve transformer".
public struct SwiGLU: Layer {
  /// What lies between: the units of both first projections.
  public let width: Int
  public let hasBias: Bool
  /// How the first two projections begin, and the last; nil for what the run chooses.
  public let weights: Initializer?
  public let outputWeights: Initializer?

  /// - Parameters:
  ///   - width: the units of both first projections.
  ///   - bias: whether projections have one.
  ///   - weights: how the first two begin; nil for what the run chooses.
  ///   - outputWeights: how the last begins; nil for `weights`.
  public init(
    width: Int, bias: Bool = false, weights: Initializer? = nil, outputWeights: Initializer? = nil
  ) {
    precondition(width > 0, "a gated MLP needs at least one unit, not \(width)")
    (self.width, hasBias) = (width, bias)
    (self.weights, self.outputWeights) = (weights, outputWeights ?? weights)
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    guard x.error == nil else { return x }
    guard x.rank >= 2, x.dtype.isFloating else {
      return .invalid("swiGLU", "takes floats […, D], not \(x.dtype)\(x.shape)")
    }
    let wide = Dense(width, of: .lastAxis, bias: hasBias, weights: weights)
    let gate = SiLU().forward(wide(x, in: pass, as: "gate"), in: pass)
    let narrow = Dense(x.shape[x.rank - 1], of: .lastAxis, bias: hasBias, weights: outputWeights)
    return narrow(gate * wide(x, in: pass, as: "up"), in: pass, as: "down")
  }
}
