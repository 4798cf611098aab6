public import Layers
public import Losses
public import Tensors

/// Reconstruction of an input field, as by an autoencoder.
///
/// Its metrics are `mae` and `rmse`, as of `Regression`. The target may be another field: the input before
/// normalization.
public struct Reconstruction: Objective {
  public let model: any Layer
  public let loss: Loss
  public let input: String
  /// The field to be reconstructed.
  public let target: String

  /// - Parameter target: nil for the input.
  public init(
    _ model: any Layer, loss: Loss = .meanSquaredError, input: String = "images", target: String? = nil
  ) {
    (self.model, self.loss, self.input, self.target) = (model, loss, input, target ?? input)
  }

  public var monitored: Monitored { Monitored("rmse", .lowerIsBetter) }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let again = StepScope(.forward, "the model").building { model.forward(batch[input], in: pass) }
    let x = batch[target]
    let losses = StepScope(.forward, "the loss").building { loss.perExample(again, x) }
    return Outcome(
      losses: losses,
      metrics: losses.error == nil ? Metric.ofErrors(again, x).filter { $0.name != "r2" } : [],
      outputs: ["reconstruction": again])
  }
}
