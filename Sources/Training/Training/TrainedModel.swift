public import Devices
public import Checkpoints
public import Datasets
import Execution
import Programs
public import Sessions
public import Tensors

/// A model for inference: a network with the parameters of a checkpoint, called with named arrays, without a
/// trainer.
///
///     let model = try TrainedModel(
///       from: Checkpoint(contentsOf: path), path: path, inputs: [DataField("x", [13])]
///     ) { batch, pass in ["price": net.forward(batch["x"], in: pass)] }
///     let prices = try model(["x": numbers])["price"]
///
/// It takes any number of examples: there is a program per power of two used so far, with padded batches. It
/// belongs to one isolation domain.
public final class TrainedModel {
  /// A sentence that names the backend and the reason for its choice.
  public var backendReason: String { session.backendReason }

  /// The input fields of each example.
  public let inputs: [DataField]

  private let session: Session
  private let states: StateStore
  private let preparation: any Preparation
  private let precision: Precision
  private let forward: (Batch, Pass) throws -> [(name: String, value: Tensor)]
  /// By batch size, powers of two, so there are few.
  private var steps: [Int: Step] = [:]

  /// Loads parameters and statistics from a checkpoint.
  ///
  /// - Parameters:
  ///   - path: of the checkpoint, for errors.
  ///   - inputs: the fields that are given with each call.
  ///   - preparation: the preparation of batches in training, whose states the checkpoint contains.
  ///   - forward: from fields to named results.
  /// - Throws: `CheckpointError` for a checkpoint of another model, `GraphError` for a model that does not take such
  ///   inputs, `BackendUnavailable`.
  public convenience init(
    from checkpoint: Checkpoint, path: String, inputs: [DataField],
    preparation: any Preparation = NoPreparation(), precision: Precision = .float32,
    backend choice: BackendChoice = .automatic,
    _ forward: @escaping (_ batch: Batch, _ pass: Pass) throws -> KeyValuePairs<String, Tensor>
  ) throws {
    try self.init(
      from: checkpoint, path: path, inputs: inputs, preparation: preparation, precision: precision,
      backend: choice,
      list: { batch, pass in try forward(batch, pass).map { (name: $0, value: $1) } })
  }

  /// The same for an objective: its outputs are results, such as `scores` or `prediction`.
  ///
  /// - Parameter targets: the objective's target fields; they are not given, and outputs do not depend on
  ///   them.
  public convenience init(
    _ objective: some Objective, from checkpoint: Checkpoint, path: String, inputs: [DataField],
    targets: [DataField], preparation: any Preparation = NoPreparation(), precision: Precision = .float32,
    backend choice: BackendChoice = .automatic
  ) throws {
    try self.init(
      from: checkpoint, path: path, inputs: inputs, preparation: preparation, precision: precision,
      backend: choice,
      list: { batch, pass in try objective.outputs(of: batch, without: targets, in: pass) })
  }

  private init(
    from checkpoint: Checkpoint, path: String, inputs: [DataField], preparation: any Preparation,
    precision: Precision, backend choice: BackendChoice,
    list forward: @escaping (Batch, Pass) throws -> [(name: String, value: Tensor)]
  ) throws {
    (self.inputs, self.preparation, self.precision, self.forward) = (inputs, preparation, precision, forward)
    (session, states) = (try Session(on: choice), StateStore())
    // A forward pass creates the states.
    for (_, value) in try outputs(batchSize: 1) {
      if let error = value.error { throw error }
    }
    try session.load(checkpoint, path: path, into: states.states + preparation.states)
  }

  /// Runs the model on some examples.
  ///
  /// - Parameter values: for each input equally many examples, one after another.
  /// - Returns: each result, with a row per example.
  /// - Throws: `SessionError` for an input that is missing, unknown, or of a number of elements that is not
  ///   a whole number of examples, or differs from another's; `OutOfMemory` and other errors of the backend.
  public func callAsFunction(_ values: [String: any TensorFeed]) throws -> [String: TensorValues] {
    let count = try exampleCount(of: values)
    let batchSize = 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
    let step = try steps[batchSize] ?? session.step("model", outputs: outputs(batchSize: batchSize))
    steps[batchSize] = step
    try step.run(values.mapValues { RowFeed($0, times: batchSize, of: count) })
    return try step.outputs().mapValues { $0.rows(count, of: batchSize) }
  }

  private func exampleCount(of values: [String: any TensorFeed]) throws -> Int {
    var count: (input: String, examples: Int)?
    for field in inputs {
      guard let given = values[field.name] else {
        throw SessionError(
          "the model takes an input '\(field.name)', \(field.dtype)\(field.shape) of each example")
      }
      let bytes = given.withFeedBytes { $0.count }
      guard given.feedType == field.dtype, field.byteCount > 0, bytes > 0,
        bytes.isMultiple(of: field.byteCount)
      else {
        throw SessionError(
          "the input '\(field.name)' is \(field.dtype)\(field.shape) of each example, and was given "
            + "\(bytes / given.feedType.byteCount) of \(given.feedType)")
      }
      let examples = bytes / field.byteCount
      guard examples == count?.examples ?? examples else {
        throw SessionError(
          "the input '\(field.name)' has \(examples) examples, where '\(count?.input ?? "")' has \(count?.examples ?? 0)"
        )
      }
      count = count ?? (field.name, examples)
    }
    return count?.examples ?? 1
  }

  private func outputs(batchSize: Int) throws -> [(name: String, tensor: Tensor)] {
    let fields = inputs.map { field in
      (field.name, Tensor.input(field.name, Shape([batchSize] + field.shape.dimensions), dtype: field.dtype))
    }
    let batch = Batch(size: batchSize, Dictionary(fields, uniquingKeysWith: { first, _ in first }))
    let pass = Pass(.evaluation, states: states, precision: precision)
    return try forward(preparation(batch, mode: .evaluation, random: nil), pass).map {
      (name: $0.name, tensor: $0.value)
    }
  }

  /// Rows of elements, padded with zeros.
  private struct RowFeed: TensorFeed {
    let feedType: DType
    private let bytes: [UInt8]

    init(_ feed: any TensorFeed, times batchSize: Int, of count: Int) {
      feedType = feed.feedType
      bytes = feed.withFeedBytes { given in
        Array(given) + [UInt8](repeating: 0, count: given.count / count * (batchSize - count))
      }
    }

    func withFeedBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      try bytes.withUnsafeBytes(body)
    }
  }
}

extension TensorValues {
  /// The first rows of a result with a row per example; for any other, all of it.
  fileprivate func rows(_ count: Int, of batchSize: Int) -> TensorValues {
    guard shape.rank > 0, shape[0] == batchSize, count < batchSize else { return self }
    return TensorValues(
      bytes: Array(bytes.prefix(bytes.count / batchSize * count)),
      shape: Shape([count] + shape.dimensions.dropFirst()), dtype: dtype)
  }
}
