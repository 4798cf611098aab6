package import Datasets
import Layers
public import Tensors

/// The objective of training: the loss and metrics of a batch.
///
///     struct Autoencoding: Objective {
///       let model: Autoencoder
///       func measure(_ batch: Batch, in pass: Pass) -> Outcome {
///         let x = batch["images"]
///         return Outcome(losses: meanSquaredError(model.forward(x, in: pass), x))
///       }
///     }
///
/// It runs its models in the pass, whose mode is training or evaluation. Predefined ones are
/// `Classification`, `MultiLabelClassification`, `PixelClassification`, `Regression` and `Reconstruction`.
public protocol Objective: Sendable {
  /// The losses, metrics and outputs of a batch.
  ///
  /// - Throws: the reason why the models cannot take such a batch; invalid tensors report it as well.
  func measure(_ batch: Batch, in pass: Pass) throws -> Outcome

  /// The metric, or "loss", for the best epoch, early stopping and plateau schedules.
  var monitored: Monitored { get }
}

extension Objective {
  /// The loss.
  public var monitored: Monitored { .loss }
}

/// The metric that selects the best epoch.
public struct Monitored: Codable, Hashable, Sendable {
  public let name: String
  public let direction: Metric.Direction

  public init(_ name: String, _ direction: Metric.Direction) {
    (self.name, self.direction) = (name, direction)
  }

  public static let loss = Monitored("loss", .lowerIsBetter)
}

/// A model as run by objectives: a function of a batch.
public typealias Predict = @Sendable (_ batch: Batch, _ pass: Pass) -> Tensor

extension Layer {
  /// The layer applied to one field.
  func predicting(from input: String) -> Predict { { forward($0[input], in: $1) } }
}

extension Objective {
  /// Its outputs for a batch without target fields, on which they do not depend.
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
