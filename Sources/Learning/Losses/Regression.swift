import Tensors

extension Loss {
  /// The mean squared error of each example.
  ///
  ///     loss = mean (ŷ − y)²
  public static let meanSquaredError = Loss("mse") { prediction, target in
    matched("meanSquaredError", prediction, target) { y, t in ((y - t) * (y - t)).meanOfExample }
  }

  /// The mean absolute error of each example.
  ///
  ///     loss = mean |ŷ − y|
  public static let meanAbsoluteError = Loss("l1") { prediction, target in
    matched("meanAbsoluteError", prediction, target) { y, t in abs(y - t).meanOfExample }
  }

  /// Squared errors near zero, absolute ones beyond a threshold.
  ///
  ///     e = ŷ − y,   loss = mean (½ e² where |e| ≤ δ, else δ (|e| − ½ δ))
  ///
  /// - SeeAlso: Huber 1964, "Robust estimation of a location parameter".
  public static func huber(_ delta: Double = 1) -> Loss {
    precondition(delta > 0, "Huber's loss has a threshold above 0, not \(delta)")
    return Loss("huber") { prediction, target in
      matched("huber", prediction, target) { y, t in
        let size = abs(y - t)
        let near = minimum(size, Tensor(delta, dtype: size.dtype))
        return (near * (size - 0.5 * near)).meanOfExample
      }
    }
  }

  /// The logarithm of the hyperbolic cosine of the errors: squares near zero, absolute values far away, smooth between.
  ///
  ///     loss = mean log cosh (ŷ − y) = mean (|e| + log (1 + e^(−2 |e|)) − log 2)
  public static let logCosh = Loss("log-cosh") { prediction, target in
    matched("logCosh", prediction, target) { y, t in
      // softplus(2 e) − e − log 2, which has its derivative at 0, too.
      (softplus(2 * (y - t)) - (y - t) - 0.693_147_180_559_945_3).meanOfExample
    }
  }

  /// The Poisson negative log likelihood of counts, without terms independent of the prediction, the
  /// logarithm of the rate.
  ///
  ///     loss = mean (e^ŷ − y ŷ)
  public static let poisson = Loss("poisson") { prediction, target in
    matched("poisson", prediction, target) { y, t in (exp(y) - t * y).meanOfExample }
  }

  /// One minus the cosine of the angle between prediction and target.
  ///
  ///     loss = 1 − ŷ · y / (max(‖ŷ‖, ε) max(‖y‖, ε))
  public static let cosine = Loss("cosine") { prediction, target in
    matched("cosine", prediction, target) { y, t in
      let least = Tensor(1e-8, dtype: y.dtype)
      let norms = maximum(sqrt((y * y).sumOfExample), least) * maximum(sqrt((t * t).sumOfExample), least)
      return 1 - (y * t).sumOfExample / norms
    }
  }
}
