public import Layers
public import Losses
public import Tensors

/// Regression: a model with results `[B, …]`, and a target field of the same shape.
///
/// Its metrics are `mae`, the mean absolute error, `rmse`, the root mean squared error, and `r2`, the
/// fraction of the targets' variance that is explained: 1 − Σ (ŷ − y)² / Σ (y − ȳ)², over all numbers
/// together.
///
/// Targets far from 0, or of very different scales, should be standardized. Given their statistics, the loss
/// is
///
///     loss (z, (y − μ) / σ),   ŷ = σ z + μ
///
/// of the model's result z, while metrics and predictions are in the targets' units.
public struct Regression: Objective {
  private let predict: Predict
  public let loss: Loss
  public let target: String
  /// The field of the examples' weights in the loss, `[]`; nil for equal weights.
  public let weight: String?
  /// Nil for unscaled targets.
  public let scaling: Standardization.Statistics?

  /// - Parameters:
  ///   - input: the field that the model takes.
  ///   - scaling: the targets' statistics, from `Standardization(of:fields:measuring:)`.
  public init(
    _ model: any Layer, loss: Loss = .meanSquaredError, input: String = "x", target: String = "y",
    weight: String? = nil, scaling: Standardization.Statistics? = nil
  ) {
    self.init(loss: loss, target: target, weight: weight, scaling: scaling, model.predicting(from: input))
  }

  /// For a model that takes several fields.
  public init(
    loss: Loss = .meanSquaredError, target: String = "y", weight: String? = nil,
    scaling: Standardization.Statistics? = nil, _ predict: @escaping Predict
  ) {
    (self.predict, self.loss) = (predict, loss)
    (self.target, self.weight, self.scaling) = (target, weight, scaling)
  }

  public var monitored: Monitored { Monitored("rmse", .lowerIsBetter) }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let z = StepScope(.forward, "the model").building { predict(batch, pass) }
    let y = batch[target]
    let losses = StepScope(.forward, "the loss").building {
      loss.perExample(z, scaling.map { (y.cast(to: $0.mean.dtype) - $0.mean.value) * $0.scale.value } ?? y)
    }
    guard losses.error == nil else { return Outcome(losses: losses) }
    // A constant target has a scale of 0, and is its mean.
    let prediction = scaling.map { scaling in
      let scale = scaling.scale.value
      return select(0 .< scale, z / maximum(scale, Tensor(1e-30)), Tensor.full(z.shape, 0))
        + scaling.mean.value
    }
    return Outcome(
      losses: losses, weights: weight.map { batch[$0] }, metrics: Metric.ofErrors(prediction ?? z, y),
      outputs: ["prediction": prediction ?? z])
  }
}

extension Metric {
  /// Mean absolute error, root mean squared error and R², for tensors whose shapes the loss has matched.
  static func ofErrors(_ prediction: Tensor, _ target: Tensor) -> [Metric] {
    guard prediction.error == nil, target.error == nil else { return [] }
    let each = [prediction.shape[0], prediction.shape.count / Swift.max(prediction.shape[0], 1)]
    let y = target.cast(to: prediction.dtype).reshaped(Shape(each))
    let error = prediction.reshaped(Shape(each)) - y
    let width = Double(each[1])
    let squares = (error * error).sum([1])
    return [
      Metric("mae", .lowerIsBetter, sums: [abs(error).sum([1])]) { $0[0] / ($1 * width) },
      Metric("rmse", .lowerIsBetter, sums: [squares]) { ($0[0] / ($1 * width)).squareRoot() },
      Metric("r2", .higherIsBetter, sums: [squares, y.sum([1]), (y * y).sum([1])]) { sums, count in
        1 - sums[0] / (sums[2] - sums[1] * sums[1] / (count * width))
      },
    ]
  }
}
