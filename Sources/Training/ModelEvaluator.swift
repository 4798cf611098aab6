public import Backends
public import Checkpoints
public import Datasets
public import Layers
public import Losses
import Programs
public import Tensors

/// Measures a trained model on images, without the data that it was trained on.
///
///     let evaluator = try ModelEvaluator(
///       model, classes: names.count, images: set.images.shape, from: checkpoint, path: path, normalization: .standardized)
///     let (evaluation, confusion) = try evaluator.evaluate(set.matched(to: names).images)
///
/// Images come to the device some batches at a time, so that any number of them will do. An evaluator belongs to one isolation
/// domain.
public final class ModelEvaluator {
  /// What it runs on, and why.
  public let backendReason: String

  /// How products are computed, in one sentence; nil for float32.
  public var precisionReason: String? { backend.reason(for: precision) }

  private let model: any Layer
  private let states: StateStore
  private let normalizer: PixelNormalizer
  private let loss: Loss
  private let precision: Precision
  private let shape: ImageShape
  private let classes: Int
  private let backend: any Backend
  /// What is still to be written to the backend: before anything is compiled, so that states need no initial values.
  private var values: [(State, TensorValues)]

  /// Takes a model's parameters and statistics from a checkpoint.
  ///
  /// - Parameters:
  ///   - model: for so many classes.
  ///   - shape: of the images.
  ///   - path: of the checkpoint, for errors.
  ///   - normalization: what became of pixels in training.
  /// - Throws: `CheckpointError` if it is of another model or of other images, or holds numbers that are not finite; `GraphError`
  ///   for a model that does not take such images; `BackendUnavailable`.
  public init(
    _ model: any Layer, classes: Int, images shape: ImageShape, from checkpoint: Checkpoint, path: String,
    normalization: Normalization, loss: Loss = .softmaxCrossEntropy, precision: Precision = .float32,
    backend choice: BackendChoice = .automatic
  ) throws {
    (self.model, self.classes, self.shape) = (model, classes, shape)
    (self.loss, self.precision) = (loss, precision)
    states = StateStore()
    normalizer = PixelNormalizer(normalization, of: shape)
    let image = State("image", [1, shape.channels, shape.height, shape.width], dtype: .uint8, role: .data)
    let scores = model.forward(normalizer(image.value), in: Pass(.evaluation, states: states))
    try checkScores(scores, batch: 1, classes: classes)
    values = try (states.states + [normalizer.mean, normalizer.scale]).map {
      ($0, try checkpoint.values(of: $0, path: path))
    }
    (backend, backendReason) = try choice.open()
  }

  /// Measures the model on images, of which there has to be at least one.
  ///
  /// - Parameters:
  ///   - images: of the shape and the classes that the evaluator was made for.
  ///   - name: what errors about memory call them.
  /// - Returns: the loss, without any penalty, and the accuracy; and what the images of each class are taken for.
  /// - Throws: `TrainingError.setting` for images of another shape, or none; `OutOfMemory`.
  public func evaluate(
    _ images: LabeledImages, called name: String = "test"
  ) throws -> (evaluation: Evaluation, confusion: Confusion) {
    guard images.shape == shape, images.count > 0 else {
      throw TrainingError.setting(
        "\(images.count) images of \(images.shape) cannot be measured: there has to be at least one, of \(shape)"
      )
    }
    let step = try fittingStep(for: images, name)
    for (state, values) in values { try backend.write(values, to: state) }
    values = []
    return try Evaluator(step, of: ExampleSet(name, images), on: backend).evaluateWithConfusion(
      labels: images.labels)
  }

  /// With large batches if there is memory for them.
  private func fittingStep(for images: LabeledImages, _ name: String) throws -> EvaluationStep {
    let usual = try step(for: images, name, batchSize: EvaluationStep.usualBatch)
    guard backend.shortage(for: [backend.planned(usual.program)]) != nil else { return usual }
    let small = try step(for: images, name, batchSize: EvaluationStep.smallBatch)
    if let shortage = backend.shortage(for: [backend.planned(small.program)]) { throw shortage }
    return small
  }

  private func step(for images: LabeledImages, _ name: String, batchSize: Int) throws -> EvaluationStep {
    let batch = min(batchSize, images.count)
    let device = backend.capacity
    let most = min(BatchRing.usualByteCount, device.largestValue ?? .max, device.largestPiece ?? .max)
    let ring = BatchRing(
      "\(name).evaluation", batchSize: batch, of: images.fields, batches: (images.count + batch - 1) / batch,
      upTo: batchSize == EvaluationStep.usualBatch ? most : 0)
    return try EvaluationStep(
      Classification(model, classes: classes, loss: loss), states: states,
      preparation: ImagePreparation(normalizer: normalizer), on: .streamed(ring), name: name,
      count: images.count, batchSize: batch, precision: precision, showing: ["predicted"])
  }
}
