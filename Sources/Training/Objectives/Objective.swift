package import Datasets
import Layers
public import Tensors

/// What a model is trained for: what is made small, and what is measured besides.
///
///     struct Autoencoding: Objective {
///       let model: Autoencoder
///       func measure(_ batch: Batch, in pass: Pass) -> Outcome {
///         let x = batch["images"]
///         return Outcome(losses: meanSquaredError(model.forward(x, in: pass), x))
///       }
///     }
///
/// It runs its models in the pass, whose mode says whether this is training or evaluation. Ready ones are `Classification`,
/// `MultiLabelClassification`, `PixelClassification`, `Regression` and `Reconstruction`.
public protocol Objective: Sendable {
  /// What there is to say of a batch.
  ///
  /// - Throws: what keeps the models from taking such a batch; invalid tensors say it as well.
  func measure(_ batch: Batch, in pass: Pass) throws -> Outcome

  /// By which number the best epoch is chosen, a run is stopped early and a plateau is seen: a metric's name, or "loss".
  var monitored: Monitored { get }
}

extension Objective {
  /// The loss.
  public var monitored: Monitored { .loss }
}

/// A number that decides which epoch is the best.
public struct Monitored: Codable, Hashable, Sendable {
  public let name: String
  public let direction: Metric.Direction

  public init(_ name: String, _ direction: Metric.Direction) {
    (self.name, self.direction) = (name, direction)
  }

  public static let loss = Monitored("loss", .lowerIsBetter)
}

/// A model as objectives run it: of one field of a batch, or of several.
public typealias Predict = @Sendable (_ batch: Batch, _ pass: Pass) -> Tensor

extension Layer {
  /// The layer on one field.
  func predicting(from input: String) -> Predict { { forward($0[input], in: $1) } }
}

extension Objective {
  /// What it makes of a batch that has not what outputs are held to: they do not depend on it.
  package func outputs(
    of batch: Batch, without targets: [DataField], in pass: Pass
  ) throws -> [(name: String, value: Tensor)] {
    var batch = batch
    for field in targets {
      batch[field.name] = .full(Shape([batch.size] + field.shape.dimensions), 0, dtype: field.dtype)
    }
    return try measure(batch, in: pass).outputs
  }
}
