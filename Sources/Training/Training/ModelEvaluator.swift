public import Devices
public import Checkpoints
public import Datasets
public import Layers
public import Losses
import Execution
import Programs
public import Tensors

/// Evaluates a trained model on examples, without its training data.
///
///     let evaluator = try ModelEvaluator(Regression(net), fields: source.fields, from: checkpoint, path: path)
///     let evaluation = try evaluator.evaluate(source)
///
/// Examples are streamed to the device, so their number is unlimited. An evaluator belongs to one isolation
/// domain.
public final class ModelEvaluator {
  /// A sentence that names the backend and the reason for its choice.
  public let backendReason: String

  /// A sentence about how products are computed; nil for float32.
  public var precisionReason: String? { backend.reason(for: precision) }

  private let objective: any Objective
  private let states: StateStore
  private let preparation: any Preparation
  private let precision: Precision
  private let fields: [DataField]
  private let backend: any Backend
  /// Values not yet written to the backend: written before compilation, so that states need no initial
  /// values.
  private var values: [(State, TensorValues)]

  /// Loads a model's parameters and statistics from a checkpoint.
  ///
  /// - Parameters:
  ///   - fields: of the examples.
  ///   - path: of the checkpoint, for errors.
  ///   - preparation: the preparation of batches in training, whose states the checkpoint contains.
  /// - Throws: `CheckpointError` if it is of another model or other examples, or has non-finite numbers;
  ///   `GraphError` for a model that does not take such examples; `BackendUnavailable`.
  public init(
    _ objective: any Objective, fields: [DataField], from checkpoint: Checkpoint, path: String,
    preparation: any Preparation = NoPreparation(), precision: Precision = .float32,
    backend choice: BackendChoice = .automatic
  ) throws {
    (self.objective, self.fields, self.preparation, self.precision) = (
      objective, fields, preparation, precision
    )
    states = StateStore()
    // A forward pass creates the states.
    let example = Dictionary(
      fields.map { field in
        (field.name, Tensor.input(field.name, Shape([1] + field.shape.dimensions), dtype: field.dtype))
      }, uniquingKeysWith: { first, _ in first })
    let batch = preparation(Batch(size: 1, example), mode: .evaluation, random: nil)
    try objective.measure(batch, in: Pass(.evaluation, states: states)).check(batchSize: 1)
    let checkpoint = try checkpoint.mergingAdapters(path: path)
    values = try (states.states + preparation.states).map { ($0, try checkpoint.values(of: $0, path: path)) }
    (backend, backendReason) = try choice.open()
  }

  /// The same for a classifier of images.
  ///
  /// - Parameters:
  ///   - model: for so many classes.
  ///   - shape: of the images.
  ///   - normalization: of pixels in training.
  ///   - metrics: what is measured.
  public convenience init(
    _ model: any Layer, classes: Int, images shape: ImageShape, from checkpoint: Checkpoint, path: String,
    normalization: Normalization, loss: Loss = .softmaxCrossEntropy,
    metrics: [ClassificationMetric] = [.accuracy], precision: Precision = .float32,
    backend choice: BackendChoice = .automatic
  ) throws {
    try self.init(
      Classification(model, classes: classes, loss: loss, metrics: metrics),
      fields: LabeledImages.fields(of: shape),
      from: checkpoint, path: path,
      preparation: ImagePreparation(normalizer: PixelNormalizer(normalization, of: shape)),
      precision: precision, backend: choice)
  }

  /// Evaluates the model on at least one example.
  ///
  /// - Parameter name: of the examples, for errors about memory.
  /// - Returns: the loss, without penalties, and the metrics.
  /// - Throws: `TrainingError.setting` for examples of other fields, or none; `OutOfMemory`.
  public func evaluate(_ examples: any DataSource, called name: String = "test") throws -> Evaluation {
    try evaluator(of: examples, name).evaluate()
  }

  /// The same for a classifier, with the confusion matrix.
  ///
  /// - Parameter images: of the evaluator's shape and classes.
  public func evaluateWithConfusion(
    _ images: LabeledImages, called name: String = "test"
  ) throws -> (evaluation: Evaluation, confusion: Confusion) {
    try evaluator(of: images, name).evaluateWithConfusion(labels: images.labels)
  }

  private func evaluator(of examples: any DataSource, _ name: String) throws -> Evaluator {
    guard examples.fields == fields, examples.count > 0 else {
      let (own, its) = (text(fields), text(examples.fields))
      throw TrainingError.setting(
        "\(examples.count) examples of \(its) cannot be measured: there has to be at least one, of \(own)")
    }
    let step = try fittingStep(for: examples, name)
    for (state, values) in values { try backend.write(values, to: state) }
    values = []
    return try Evaluator(step, of: ExampleSet(name, examples), on: backend)
  }

  private func text(_ fields: [DataField]) -> String {
    fields.map(\.description).joined(separator: ", ")
  }

  /// With large batches if there is memory for them.
  private func fittingStep(for examples: any DataSource, _ name: String) throws -> EvaluationStep {
    let usual = try step(for: examples, name, batchSize: EvaluationStep.usualBatch)
    guard backend.shortage(for: [backend.planned(usual.program)]) != nil else { return usual }
    let small = try step(for: examples, name, batchSize: EvaluationStep.smallBatch)
    if let shortage = backend.shortage(for: [backend.planned(small.program)]) { throw shortage }
    return small
  }

  private func step(for examples: any DataSource, _ name: String, batchSize: Int) throws -> EvaluationStep {
    let batch = min(batchSize, examples.count)
    let device = backend.capacity
    let most = min(BatchRing.usualByteCount, device.largestValue ?? .max, device.largestPiece ?? .max)
    let ring = BatchRing(
      "\(name).evaluation", batchSize: batch, of: fields, batches: (examples.count + batch - 1) / batch,
      upTo: batchSize == EvaluationStep.usualBatch ? most : 0)
    return try EvaluationStep(
      objective, states: states, preparation: preparation, on: .streamed(ring), name: name,
      count: examples.count, batchSize: batch, precision: precision, showing: ["predicted"])
  }
}
