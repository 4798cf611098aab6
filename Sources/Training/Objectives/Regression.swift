public import Layers
public import Losses
public import Tensors

/// Numbers for each example: a model whose result `[B, …]` is held to a field of the same shape.
///
/// It measures `mae`, the mean absolute error, `rmse`, the root of the mean squared error, and `r2`, the part of the targets' variance
/// that is explained: 1 − Σ (ŷ − y)² / Σ (y − ȳ)², over all numbers together.
public struct Regression: Objective {
  public let model: any Layer
  public let loss: Loss
  public let input: String
  public let target: String
  /// The field of each example's weight in the loss, `[]`; nil for all the same.
  public let weight: String?

  public init(
    _ model: any Layer, loss: Loss = .meanSquaredError, input: String = "x", target: String = "y",
    weight: String? = nil
  ) {
    (self.model, self.loss) = (model, loss)
    (self.input, self.target, self.weight) = (input, target, weight)
  }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let prediction = StepScope(.forward, "the model").building { model.forward(batch[input], in: pass) }
    let losses = StepScope(.forward, "the loss").building { loss.perExample(prediction, batch[target]) }
    return Outcome(
      losses: losses, weights: weight.map { batch[$0] },
      metrics: losses.error == nil ? Metric.ofErrors(prediction, batch[target]) : [],
      outputs: ["prediction": prediction])
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
