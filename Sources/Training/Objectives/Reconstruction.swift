public import Layers
public import Losses
public import Tensors

/// An input made again: a model whose result is held to its own input, such as an autoencoder.
///
/// It measures `mae` and `rmse` as `Regression` does.
public struct Reconstruction: Objective {
  public let model: any Layer
  public let loss: Loss
  public let input: String

  public init(_ model: any Layer, loss: Loss = .meanSquaredError, input: String = "images") {
    (self.model, self.loss, self.input) = (model, loss, input)
  }

  public func measure(_ batch: Batch, in pass: Pass) -> Outcome {
    let x = batch[input]
    let again = StepScope(.forward, "the model").building { model.forward(x, in: pass) }
    let losses = StepScope(.forward, "the loss").building { loss.perExample(again, x) }
    return Outcome(
      losses: losses,
      metrics: losses.error == nil ? Metric.ofErrors(again, x).filter { $0.name != "r2" } : [],
      outputs: ["reconstruction": again])
  }
}
