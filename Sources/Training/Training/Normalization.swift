import Datasets
import Tensors

/// The normalization of the model's input pixels, 0 … 255.
public enum Normalization: String, Codable, Sendable, CaseIterable {
  /// The training set's mean image is subtracted, as CS231n does: about −128 … 128.
  case mean

  /// The mean image is subtracted and the result divided by the standard deviation of all pixels: about −2 … 2.
  case standardized

  /// Each channel's mean is subtracted, and the result divided by its standard deviation: about −2 … 2.
  case perChannel = "per-channel"
}

/// The statistics of a normalization, measured on the training images and kept as states, so that they are
/// saved with the model.
struct PixelNormalizer {
  /// `[1, C, H, W]`, or `[1, C, 1, 1]`.
  let mean: State
  /// A factor, `[]`, or `[1, C, 1, 1]`.
  let scale: State

  init(_ normalization: Normalization, of images: LabeledImages) throws(DatasetError) {
    let statistics = try PixelStatistics(of: images)
    let shape = images.shape
    let perPixel: Shape = [1, shape.channels, shape.height, shape.width]
    let perChannel: Shape = [1, shape.channels, 1, 1]
    // Images of a single colour have zero deviation.
    func factor(_ deviation: Double) -> Float { Float(1 / max(deviation, 1e-6)) }
    switch normalization {
    case .mean:
      mean = Self.state("mean", statistics.meanImage, perPixel)
      scale = Self.state("scale", [1], [])
    case .standardized:
      mean = Self.state("mean", statistics.meanImage, perPixel)
      scale = Self.state("scale", [factor(statistics.standardDeviation)], [])
    case .perChannel:
      mean = Self.state("mean", statistics.channelMeans.map { Float($0) }, perChannel)
      scale = Self.state("scale", statistics.channelStandardDeviations.map(factor), perChannel)
    }
  }

  /// With placeholders, to be loaded from a checkpoint.
  init(_ normalization: Normalization, of shape: ImageShape) {
    let isPerChannel = normalization == .perChannel
    let perPixel: Shape = [1, shape.channels, shape.height, shape.width]
    let perChannel: Shape = [1, shape.channels, 1, 1]
    mean = State("pixels.mean", isPerChannel ? perChannel : perPixel, role: .statistic)
    scale = State("pixels.scale", isPerChannel ? perChannel : [], role: .statistic)
  }

  private static func state(_ name: String, _ values: [Float], _ shape: Shape) -> State {
    State("pixels.\(name)", shape, role: .statistic, initial: .values(TensorValues(values, shape: shape)))
  }

  var states: [State] { [mean, scale] }

  /// uint8 `[N, C, H, W]` to float32.
  func callAsFunction(_ pixels: Tensor) -> Tensor {
    (pixels.cast(to: .float32) - mean.value) * scale.value
  }
}
