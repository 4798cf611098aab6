public import Layers
public import Losses
public import Tensors

/// Numbers for each example: a model whose result `[B, …]` is held to a field of the same shape.
///
/// It measures `mae`, the mean absolute error, `rmse`, the root of the mean squared error, and `r2`, the part of the targets' variance
/// that is explained: 1 − Σ (ŷ − y)² / Σ (y − ȳ)², over all numbers together.
///
/// Where targets are far from 0, or of very different sizes, the model is better off with standardized ones. With their statistics the loss is
///
///     loss (z, (y − μ) / σ),   ŷ = σ z + μ
///
/// of the model's result z, while metrics and predictions are in the units of the targets.
public struct Regression: Objective {
  private let predict: Predict
  public let loss: Loss
  public let target: String
  /// The field of each example's weight in the loss, `[]`; nil for all the same.
  public let weight: String?
  /// Nil for targets as they are.
  public let scaling: Standardization.Statistics?

  /// - Parameters:
  ///   - input: the field that the model takes.
  ///   - scaling: the targets' statistics: `Standardization(of:fields:measuring:)` has them.
  public init(
    _ model: any Layer, loss: Loss = .meanSquaredError, input: String = "x", target: String = "y",
    weight: String? = nil, scaling: Standardization.Statistics? = nil
  ) {
    self.init(loss: loss, target: target, weight: weight, scaling: scaling, model.predicting(from: input))
  }

  /// Of a model that takes several fields.
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
      loss.perExample(z, scaling.map { (y - $0.mean.value) * $0.scale.value } ?? y)
    }
    guard losses.error == nil else { return Outcome(losses: losses) }
    // A target that is the same everywhere has a scale of 0, and is its mean.
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
  /// Mean absolute error, root mean squared error and R² of numbers that a loss has found alike.
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
