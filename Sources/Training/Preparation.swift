public import Tensors

/// What becomes of a batch on the device before the objective sees it: numbers are standardized, images are shifted.
public protocol Preparation: Sendable {
  /// What it was measured with on the training set, or comes from a checkpoint: saved with the model.
  var states: [State] { get }

  /// - Parameters:
  ///   - mode: examples are changed at random in training only.
  ///   - random: a key, int32 `[2]`, and a counter, an int32 scalar; nil in evaluation.
  func callAsFunction(_ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?) -> Batch
}

/// Batches stay as they come from the source.
public struct NoPreparation: Preparation {
  public init() {}
  public var states: [State] { [] }

  public func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch { batch }
}

/// Pixels become float32 numbers, normalized as the training set's; in training, images are changed before.
struct ImagePreparation: Preparation {
  let normalizer: PixelNormalizer
  var augmentation = Augmentation.none
  var field = "images"

  var states: [State] { normalizer.states }

  func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch {
    var (batch, images) = (batch, batch[field])
    if mode == .training, let random {
      images = augmentation(images, key: random.key, counter: random.counter)
    }
    batch[field] = normalizer(images)
    return batch
  }
}
