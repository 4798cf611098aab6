package import Datasets
public import Tensors

/// The preparation of a batch on the device for the objective: normalization and augmentation.
public protocol Preparation: Sendable {
  /// Its statistics, measured on the training set or loaded from a checkpoint; saved with the model.
  var states: [State] { get }

  /// - Parameters:
  ///   - mode: random augmentation is done in training only.
  ///   - random: a key, int32 `[2]`, and a counter, an int32 scalar; nil in evaluation.
  func callAsFunction(_ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?) -> Batch
}

/// Leaves batches unchanged.
public struct NoPreparation: Preparation {
  public init() {}
  public var states: [State] { [] }

  public func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch { batch }
}

/// Converts pixels to float32 and normalizes them; in training, augments images first.
package struct ImagePreparation: Preparation {
  let normalizer: PixelNormalizer
  var augmentation = Augmentation.none
  var field = "images"
  /// A field of masks, `[B, H, W]`, augmented alike; nil for none.
  var masks: String?
  /// A field for the unnormalized pixels, scaled to 0 … 1; nil for none.
  var plain: String?

  package var states: [State] { normalizer.states }

  package func callAsFunction(
    _ batch: Batch, mode: Pass.Mode, random: (key: Tensor, counter: Tensor)?
  ) -> Batch {
    var (batch, images) = (batch, batch[field])
    if mode == .training, let random {
      images = augmentation(images, key: random.key, counter: random.counter)
      if let masks {
        // The same random numbers are drawn for them.
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
  ///   - pixels: of the training images, one after another.
  ///   - masks: a field to augment alike.
  ///   - plain: a field for the unnormalized pixels.
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

  /// With placeholders, to be loaded from a checkpoint.
  package init(_ normalization: Normalization, of shape: ImageShape, plain: String? = nil) {
    self.init(normalizer: PixelNormalizer(normalization, of: shape), plain: plain)
  }
}
