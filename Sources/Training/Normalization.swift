import Datasets
import Tensors

/// What becomes of the pixels, 0 … 255, before the model sees them.
public enum Normalization: String, Codable, Sendable, CaseIterable {
  /// The training set's mean image is subtracted, as CS231n does: about −128 … 128.
  case mean

  /// The mean image is subtracted and the result divided by the standard deviation of all pixels: about −2 … 2.
  case standardized
}

/// The normalization's numbers, measured on the training images and kept as states, so that they are saved with the
/// model and used again with it.
struct PixelNormalizer {
  /// The mean image, `[1, C, H, W]`.
  let mean: State
  /// A factor, `[]`.
  let scale: State

  init(_ normalization: Normalization, of images: LabeledImages) throws(DatasetError) {
    let statistics = try PixelStatistics(of: images)
    let shape = images.shape
    let factor =
      switch normalization {
      case .mean: 1.0
      // Images of one colour have no deviation to divide by.
      case .standardized: 1 / max(statistics.standardDeviation, 1e-6)
      }
    mean = State(
      "pixels.mean", [1, shape.channels, shape.height, shape.width], role: .statistic,
      initial: .values(
        TensorValues(statistics.meanImage, shape: [1, shape.channels, shape.height, shape.width])))
    scale = State(
      "pixels.scale", [], role: .statistic, initial: .values(TensorValues([Float(factor)], shape: [])))
  }

  /// uint8 `[N, C, H, W]` to float32.
  func callAsFunction(_ pixels: Tensor) -> Tensor {
    (pixels.cast(to: .float32) - mean.value) * scale.value
  }
}
