package import Datasets
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
package struct ImagePreparation: Preparation {
  let normalizer: PixelNormalizer
  var augmentation = Augmentation.none
  var field = "images"
  /// A field of masks, `[B, H, W]`, to which the same happens; nil for none.
  var masks: String?
  /// A field to make of the pixels as they are seen, from 0 to 1; nil for none.
  var plain: String?

  package var states: [State] { normalizer.states }

  package func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch {
    var (batch, images) = (batch, batch[field])
    if mode == .training, let random {
      images = augmentation(images, key: random.key, counter: random.counter)
      if let masks {
        // The same numbers are drawn for them.
        let changed = augmentation(batch[masks].expanded(at: 1), key: random.key, counter: random.counter)
        batch[masks] = changed.squeezed(1)
      }
    }
    if let plain { batch[plain] = images.cast(to: .float32) / 255 }
    batch[field] = normalizer(images)
    return batch
  }
}

extension ImagePreparation {
  /// - Parameters:
  ///   - pixels: of the images to train on, one after another.
  ///   - masks: a field to which the same happens.
  ///   - plain: a field to make of the pixels as they are seen.
  package init(
    _ normalization: Normalization, measuredOn pixels: Bytes, of shape: ImageShape,
    augmentation: Augmentation = .none, masks: String? = nil, plain: String? = nil
  ) throws(DatasetError) {
    let labels = [Int32](repeating: 0, count: pixels.count / shape.count)
    self.init(
      normalizer: try PixelNormalizer(
        normalization, of: LabeledImages(pixels: pixels, labels: labels, shape: shape)),
      augmentation: augmentation, masks: masks, plain: plain)
  }

  /// With numbers that are still to come, from a checkpoint.
  package init(_ normalization: Normalization, of shape: ImageShape, plain: String? = nil) {
    self.init(normalizer: PixelNormalizer(normalization, of: shape), plain: plain)
  }
}
