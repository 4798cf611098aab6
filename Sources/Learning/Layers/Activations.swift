public import Tensors

// Elementwise layers. Their derivatives follow from their operations. Of SiLU, GELU and Mish, whose operations have several values that
// the derivative needs, only the input is kept for the backward pass: computing them again takes less time than memory does.

/// x for x above 0, else a fraction of it.
///
///     y = max(x, 0) + slope · min(x, 0)
public struct LeakyReLU: Layer {
  public let slope: Double

  public init(slope: Double = 0.01) { self.slope = slope }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "leakyReLU") ?? (relu(x) - slope * relu(-x))
  }
}

/// x for x above 0, else an exponential with the limit −α.
///
///     y = max(x, 0) + α (e^min(x, 0) − 1)
///
/// - SeeAlso: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear units".
public struct ELU: Layer {
  public let alpha: Double

  public init(alpha: Double = 1) { self.alpha = alpha }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "elu") ?? (relu(x) + alpha * expm1(-relu(-x)))
  }
}

/// The sigmoid-weighted linear unit, also called swish.
///
///     y = x σ(x)
///
/// - SeeAlso: Elfwing et al. 2018, "Sigmoid-weighted linear units".
public struct SiLU: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "silu") ?? recomputed(x * sigmoid(x), from: x)
  }
}

/// The Gaussian error linear unit, x times the probability that a standard normal number is below x.
///
///     exact:  y = ½ x (1 + erf(x / √2))
///     tanh:   y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) = x σ(√(8/π) (x + 0.044715 x³))
///
/// - SeeAlso: Hendrycks & Gimpel 2016, "Gaussian error linear units".
public struct GELU: Layer {
  public enum Form: String, Codable, Hashable, Sendable, CaseIterable {
    /// By the error function, as PyTorch does it unless told otherwise.
    case exact
    /// By a hyperbolic tangent that is within 5e-4 of it, as in GPT-2.
    case tanh
  }

  public let form: Form

  public init(_ form: Form = .exact) { self.form = form }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    if let refusal = x.refusal(by: "gelu") { return refusal }
    return switch form {
    case .exact: recomputed(0.5 * x * (1 + erf(x * 0.5.squareRoot())), from: x)
    // ½ (1 + tanh u) is σ(2 u), whose digits are not lost where the tanh is almost −1.
    case .tanh: recomputed(x * sigmoid(x * ((8 / Double.pi).squareRoot() * (1 + 0.044715 * x * x))), from: x)
    }
  }
}

/// log (1 + eˣ).
public struct Softplus: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "softplus") ?? softplus(x)
  }
}

/// x tanh(log (1 + eˣ)).
///
/// - SeeAlso: Misra 2019, "Mish: a self regularized non-monotonic activation function".
public struct Mish: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "mish") ?? recomputed(x * tanh(softplus(x)), from: x)
  }
}

/// A piecewise approximation of swish.
///
///     y = x · min(max(x + 3, 0), 6) / 6
///
/// - SeeAlso: Howard et al. 2019, "Searching for MobileNetV3", section 5.2.
public struct HardSwish: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "hardSwish") ?? (x * minimum(relu(x + 3), Tensor(6, dtype: x.dtype)) * (1.0 / 6))
  }
}

/// The hyperbolic tangent.
public struct Tanh: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "tanh") ?? tanh(x)
  }
}

/// 1 / (1 + e⁻ˣ).
public struct Sigmoid: Layer {
  public init() {}

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    x.refusal(by: "sigmoid") ?? sigmoid(x)
  }
}

extension Tensor {
  /// The invalid tensor that a layer of floats returns for other types; nil for floats.
  fileprivate func refusal(by layer: String) -> Tensor? {
    if error != nil { return self }
    return dtype.isFloating ? nil : .invalid(layer, "takes float32 or float64, not \(dtype)\(shape)")
  }
}
