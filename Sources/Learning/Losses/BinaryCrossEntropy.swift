import Tensors

extension Loss {
  /// The binary cross-entropy between the model's logits and targets from 0 to 1.
  ///
  ///     loss = mean −(p z log σ(x) + (1 − z) log (1 − σ(x)))
  ///          = mean ((1 − z) x + (1 + (p − 1) z) log (1 + e^(−x)))
  ///
  /// - Parameter positiveWeight: p, the weight of a target of 1: above 1 for rare ones.
  public static func binaryCrossEntropy(positiveWeight: Double = 1) -> Loss {
    Loss("binary-cross-entropy") { logits, targets in
      matched("binaryCrossEntropy", logits, targets) { x, z in
        ((1 - z) * x + (1 + (positiveWeight - 1) * z) * softplus(-x)).meanOfExample
      }
    }
  }

  /// Binary cross-entropy in which well-classified examples have less weight.
  ///
  ///     p_t = σ(x) where z = 1, else 1 − σ(x);   α_t = α where z = 1, else 1 − α
  ///     loss = mean −α_t (1 − p_t)^γ log p_t
  ///
  /// - SeeAlso: Lin et al. 2017, "Focal loss for dense object detection", equation 5.
  public static func focal(gamma: Double = 2, alpha: Double = 0.25) -> Loss {
    Loss("focal") { logits, targets in
      matched("focal", logits, targets) { x, z in
        // −log p_t is the softplus of −x or x, and 1 − p_t its exponential's complement.
        let sign = 1 - 2 * z
        let surprise = softplus(sign * x)
        let miss = sigmoid(sign * x)
        let weight = (1 - alpha) + (2 * alpha - 1) * z
        return (weight * power(miss, Tensor(gamma, dtype: x.dtype)) * surprise).meanOfExample
      }
    }
  }

  /// One minus the overlap of probabilities, given as logits, with a mask of zeros and ones.
  ///
  ///     loss = 1 − (2 Σ σ(x) z + 1) / (Σ σ(x) + Σ z + 1)
  ///
  /// - SeeAlso: Milletari et al. 2016, "V-Net", equation 3, smoothed by 1.
  public static let dice = Loss("dice") { logits, targets in
    matched("dice", logits, targets) { x, z in
      let p = sigmoid(x)
      return 1 - (2 * (p * z).sumOfExample + 1) / (p.sumOfExample + z.sumOfExample + 1)
    }
  }
}
