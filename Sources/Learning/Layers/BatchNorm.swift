public import Tensors

/// Normalizes each channel over the batch, then scales and shifts it.
///
///     x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
///
/// `x` is `[N, C]`, or `[N, C, H, W]`, where the pixels count as examples. Training uses μ and σ² of the
/// batch, and updates running averages of them, which evaluation uses.
///
///     running ← momentum · running + (1 − momentum) · batch
///
/// Of several processes that train together the batch is what each of them has at a time, or what all of them have together: the run's
/// settings say so.
///
/// PyTorch's `momentum` is 1 minus this, 0.1 for 0.9, and its running variance is unbiased, n / (n − 1) times
/// that of the batch, where n is the number of examples: see `runningVariance`.
///
/// - SeeAlso: Ioffe & Szegedy 2015, "Batch normalization", algorithms 1 and 2.
public struct BatchNorm: Layer {
  /// The fraction of the running averages that each step keeps.
  public let momentum: Double
  /// The term ε under the root.
  public let epsilon: Double
  /// The estimate of the running variance; nil for the pass's.
  public let runningVariance: VarianceEstimate?

  /// - Parameter runningVariance: the estimate of the running variance; nil for the pass's, which is
  ///   `.biased` unless the run's settings differ.
  public init(
    momentum: Double = 0.9, epsilon: Double = 1e-5, runningVariance: VarianceEstimate? = nil
  ) {
    self.momentum = momentum
    self.epsilon = epsilon
    self.runningVariance = runningVariance
  }

  public func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    if let refused = refusal("batchNorm", x) { return refused }
    let channels = x.shape[1]
    let perChannel = Shape([1, channels] + [Int](repeating: 1, count: x.rank - 2))
    let runningMean = pass.statistic("running_mean", [channels])
    let runningVariance = pass.statistic("running_var", [channels], initial: 1)
    guard pass.mode == .training else {
      let inverse = 1 / sqrt(runningVariance + epsilon)
      let centred = x - runningMean.reshaped(perChannel)
      return scaleAndShift(centred * inverse.reshaped(perChannel), in: pass)
    }
    let axes = (0..<x.rank).filter { $0 != 1 }
    let (normalized, mean, variance) = normalize(x, over: axes, epsilon: epsilon, ranks: pass.ranks)
    var share = 1 - momentum
    if (self.runningVariance ?? pass.runningVariance) == .unbiased {
      let examples = axes.reduce(pass.ranks) { $0 * x.shape[$1] }
      guard examples > 1 else {
        return .invalid(
          "batchNorm", "takes more than one number for each channel of \(x.shape) to keep unbiased variances")
      }
      share *= Double(examples) / Double(examples - 1)
    }
    pass.assign("running_mean", momentum * runningMean + (1 - momentum) * mean.reshaped([channels]))
    pass.assign("running_var", momentum * runningVariance + share * variance.reshaped([channels]))
    return scaleAndShift(normalized, in: pass)
  }
}
