package import Lemnos
import Execution
import Programs
import Tensors
import Training

/// Trains a workload by its training step, on float32 batches in device memory.
///
/// It differs from `Trainer` only in the source of its batches.
package final class WorkloadRun {
  /// The deviations from the workload's defaults.
  package struct Options {
    /// Nil for the workload's own; ignored with `batches`.
    package var batchSize: Int?
    package var precision = Precision.float32
    /// False to omit dropout.
    package var dropout = true
    /// Initial weights, and their file; nil for random ones.
    package var weights: (file: Checkpoint, path: String)?
    /// Nil for random ones.
    package var batches: WorkloadBatches?

    package init() {}
  }

  package let workload: Workload
  package let batchSize: Int

  /// The backend, and the reason for its choice.
  package let backendReason: String

  /// Arithmetic operations per step.
  package let flops: Int

  /// Bytes that a step's kernels read and write.
  package let bytes: Int

  private let backend: any Backend
  private let executable: any Executable
  private let losses: State
  private var step = 0

  /// The number of random batches.
  private static let randomBatches = 8

  /// - Parameter seed: of random weights.
  /// - Throws: `CheckpointError` for weights of another model; `BackendUnavailable`; what the backend throws.
  package init(
    _ workload: Workload, on choice: BackendChoice, _ options: Options = Options(), seed: UInt64 = 0
  ) throws {
    let batch = options.batches?.batchSize ?? options.batchSize ?? workload.batchSize
    let count = options.batches?.count ?? WorkloadRun.randomBatches
    (self.workload, batchSize) = (workload, batch)
    (backend, backendReason) = try choice.open(seed: seed)

    let fields = workload.fields.map { field in
      let shape = Shape([count, batch] + field.field.shape.dimensions)
      return (field, state: State(field.field.name, shape, dtype: field.field.dtype, role: .data))
    }
    let counter = State("step", [], dtype: .int32, role: .progress)
    let key = State("key", [2], dtype: .int32, role: .progress)
    // Row by row: gathering a batch as one long row is slower.
    let slot = counter.value.broadcast(to: [batch]) % Double(count)
    let rows = slot * Double(batch) + Tensor.indices(batch)
    var settings = workload.settings
    (settings.batchSize, settings.precision) = (batch, options.precision)
    let states = StateStore()
    let examples = fields.map { field, state in
      let all = state.value.reshaped(Shape([count * batch] + field.field.shape.dimensions))
      return (state.name, all.gathered(at: rows))
    }
    let update = try ModelUpdate(
      of: workload.objective(dropout: options.dropout), states: states,
      on: Batch(size: batch, Dictionary(examples, uniquingKeysWith: { first, _ in first })),
      optimizer: workload.optimizer,
      learningRate: workload.optimizer.learningRate * Tensor(1), counter: counter, key: key,
      settings: settings)
    losses = update.losses
    let program = try Program("training step", assignments: update.assignments)
    if let shortage = backend.shortage(for: [backend.planned(program)]) { throw shortage }
    executable = try backend.compile(program)
    let own = (executable as? any ProfiledExecutable)?.program ?? program
    (flops, bytes) = (own.flops, own.byteTraffic)

    for (field, state) in fields {
      if let given = options.batches?.values[state.name] {
        try backend.write(given, to: state)
      } else {
        try WorkloadRun.fill(state, below: field.bound, on: backend)
      }
    }
    if let (file, path) = options.weights {
      try WorkloadRun.load(file, path: path, into: states.parameters, on: backend)
    }
  }

  /// Random numbers of mean 0 and variance 1, generated on the device without host memory; or integers.
  private static func fill(_ state: State, below bound: Int?, on backend: any Backend) throws {
    if let bound {
      let integers = (0..<state.shape.count).map { Int32($0 * 7 % bound) }
      return try backend.write(TensorValues(integers, shape: state.shape), to: state)
    }
    let uniform = randomUniform(
      state.shape, key: Tensor([Int32(2), 31], shape: [2]), counter: Tensor(0, dtype: .int32), stream: 0)
    let program = try Program(
      "fill", assignments: [Assignment(state, (uniform - 0.5) * 12.0.squareRoot())])
    try backend.compile(program).run(steps: 1)
  }

  private static func load(
    _ file: Checkpoint, path: String, into parameters: [State], on backend: any Backend
  ) throws {
    let unknown = Set(file.tensors.keys).subtracting(parameters.map(\.name)).sorted()
    guard unknown.isEmpty else {
      throw CheckpointError(
        .unusable, path: path, "holds '\(unknown[0])', which the workload has not: it is of another one")
    }
    for parameter in parameters { _ = try file.values(of: parameter, path: path) }
    for parameter in parameters { try backend.write(file.values(of: parameter, path: path), to: parameter) }
  }

  /// Runs some steps in one submission, and reads their losses.
  ///
  /// - Parameter count: at most `ModelUpdate.lossCapacity`.
  /// - Returns: the loss of the last step, including penalties.
  /// - Throws: `TrainingError.diverged` if that is not a finite number.
  @discardableResult
  package func advance(_ count: Int = 1) throws -> Double {
    try executable.run(steps: count)
    step += count
    let ring: [Float] = try backend.read(losses).elements()
    let loss = ring[(step - 1) % ModelUpdate.lossCapacity]
    guard loss.isFinite else { throw TrainingError.diverged(step: step, loss: Double(loss)) }
    return Double(loss)
  }
}
