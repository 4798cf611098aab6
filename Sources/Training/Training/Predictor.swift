public import Devices
public import Checkpoints
public import Datasets
public import Layers
import Execution
import Programs
public import Tensors

/// Predicts the classes of images by a trained model, without its training data.
///
///     let predictor = try Predictor(model, from: checkpoint, path: path)
///     let probabilities = try predictor.probabilities(of: [image])
///
/// A predictor belongs to one isolation domain.
public final class Predictor {
  /// The name of each class; its index if the checkpoint has no names.
  public let classNames: [String]

  /// The required shape of images, as `PictureFile` produces them.
  public let shape: ImageShape

  /// A sentence that names the backend and the reason for its choice.
  public let backendReason: String

  /// Images per batch.
  public let batchSize: Int

  private let backend: any Backend
  private let executable: any Executable
  private let images: State

  /// Loads a model's parameters and statistics from a checkpoint.
  ///
  /// - Parameters:
  ///   - model: for a number of classes.
  ///   - path: of the checkpoint, for errors.
  ///   - normalization: of pixels in training.
  /// - Throws: `CheckpointError` if it is of another model or its image shape is unknown;
  ///   `BackendUnavailable`, `OutOfMemory`.
  public init(
    _ model: (_ classes: Int) -> any Layer, from checkpoint: Checkpoint, path: String,
    normalization: Normalization, precision: Precision = .float32, batchSize: Int = 1,
    backend choice: BackendChoice = .automatic
  ) throws {
    guard let shape = ModelIdentity.shape(in: checkpoint) else {
      throw CheckpointError(
        .unusable, path: path,
        "does not say what its images are; go on with its run for an epoch, which saves it anew")
    }
    (self.shape, self.batchSize) = (shape, batchSize)
    let normalizer = PixelNormalizer(normalization, of: shape)
    classNames =
      ModelIdentity.classNames(in: checkpoint)
      ?? (0..<Self.classCount(of: model, normalizer, shape, in: checkpoint)).map(String.init)
    images = State(
      "images", [batchSize, shape.channels, shape.height, shape.width], dtype: .uint8, role: .data)

    let states = StateStore()
    let pass = Pass(.evaluation, states: states, precision: precision)
    let scores = model(classNames.count).forward(normalizer(images.value), in: pass)
    try checkScores(scores, batch: batchSize, classes: classNames.count)
    let likelihoods = exp(scores - scores.max([1], keepingAxes: true))
    let program = try Program(
      "predict", outputs: [("probabilities", likelihoods / likelihoods.sum([1], keepingAxes: true))])
    (backend, backendReason) = try choice.open()
    let checkpoint = try checkpoint.mergingAdapters(path: path)
    // Before compilation, so that states need no initial values.
    for state in states.states + [normalizer.mean, normalizer.scale] {
      try backend.write(checkpoint.values(of: state, path: path), to: state)
    }
    executable = try backend.compile(program)
  }

  /// The probability of each class for each image.
  ///
  ///     p[n, c] = exp(s[n, c]) / Σₖ exp(s[n, k])
  ///
  /// - Parameter pixels: any number of images, `[C, H, W]` of `shape` each.
  /// - Returns: one number per class for each image; NaN for a broken model.
  public func probabilities(of pixels: [[UInt8]]) throws -> [[Float]] {
    var result: [[Float]] = []
    for start in stride(from: 0, to: pixels.count, by: batchSize) {
      let some = pixels[start..<min(start + batchSize, pixels.count)]
      precondition(
        some.allSatisfy { $0.count == shape.count }, "an image of \(shape) has \(shape.count) values")
      // Incomplete batches are padded with black images, whose results are ignored.
      let missing = [UInt8](repeating: 0, count: (batchSize - some.count) * shape.count)
      let bytes = some.reduce(into: []) { $0 += $1 } + missing
      try backend.write(TensorValues(bytes: bytes, shape: images.shape, dtype: .uint8), to: images)
      try executable.run(steps: 1)
      let values = try executable.output(0).elements(as: Float.self)
      result += some.indices.map { index in
        let first = (index - start) * classNames.count
        return Array(values[first..<first + classNames.count])
      }
    }
    return result
  }

  /// The number of classes of a checkpoint without names: the extent in which the first parameter that
  /// differs from the model for one class does so.
  private static func classCount(
    of model: (Int) -> any Layer, _ normalizer: PixelNormalizer, _ shape: ImageShape,
    in checkpoint: Checkpoint
  ) -> Int {
    let states = StateStore()
    let image = State("image", [1, shape.channels, shape.height, shape.width], dtype: .uint8, role: .data)
    _ = model(1).forward(normalizer(image.value), in: Pass(.evaluation, states: states))
    for state in states.states {
      guard let values = checkpoint.tensors[state.name] else { continue }
      for (own, its) in zip(state.shape.dimensions, values.shape.dimensions) where own == 1 && its > 1 {
        return its
      }
    }
    return 1
  }
}
