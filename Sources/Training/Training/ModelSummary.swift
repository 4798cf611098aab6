public import Datasets
public import Layers
import Losses
public import Optimizers
import Devices
import Execution
import Programs
import Schedules
import Tensors

/// A summary of a model: its layers, arithmetic, and the memory of training it.
///
/// Derived from a forward pass (layers, shapes, parameters), from its operations (arithmetic), and from the
/// planned training step on the CPU (memory). Nothing is run.
public struct ModelSummary: Encodable, Hashable, Sendable {
  /// A layer, without its parts.
  public struct Layer: Encodable, Hashable, Sendable {
    /// Empty for the model as a whole.
    public let path: String
    /// The layer's type; empty for a mere group of layers.
    public let kind: String
    /// The shape of its result for one example.
    public let output: [Int]
    public let parameters: Int
    /// Arithmetic operations of the forward pass, in evaluation, for one example; a multiply-add is two.
    public let flops: Int
  }

  /// Bytes on the device, without the data set.
  public struct Memory: Encodable, Hashable, Sendable {
    public let parameters: Int
    /// Running means and variances.
    public let statistics: Int
    /// Optimizer state.
    public let optimizer: Int
    /// The arena of a training step: activations, gradients and other intermediates, sharing memory.
    public let step: Int
  }

  /// Channels, rows and columns of an image; or the tokens of a text.
  public let input: [Int]
  public let batchSize: Int
  /// In order of execution, the model itself first.
  ///
  /// Parameters and flops add up to the totals.
  public let layers: [Layer]
  public let parameters: Int
  /// Of them, those that training changes.
  public let trainedParameters: Int
  /// Arithmetic operations of the forward pass for one example.
  public let flops: Int
  public let memory: Memory

  /// - Parameters:
  ///   - batchSize: of a training step, for its memory.
  ///   - settings: of the run, whose batch size does not count.
  /// - Throws: `GraphError` or `TrainingError` for a model that does not fit the images, or for excessive
  ///   sizes.
  public init(
    of model: some Layers.Layer, input: ImageShape, classes: Int, batchSize: Int, optimizer: any Optimizer,
    settings: TrainingSettings = TrainingSettings()
  ) throws {
    let pass = Pass(.evaluation, states: settings.makeStates())
    let image = State("image", [1, input.channels, input.height, input.width], role: .data)
    let scores = model.forward(image.value, in: pass)
    try checkScores(scores, batch: 1, classes: classes)
    try self.init(
      "\(type(of: model))", [input.channels, input.height, input.width], pass, scores, batchSize: batchSize,
      settings: settings
    ) { states, settings in
      try TrainingStep(
        planFor: model, states: states, input: input, classes: classes, optimizer: optimizer,
        settings: settings)
    }
  }

  /// The same of a model that takes tokens, int32 `[N, T]`.
  ///
  /// - Parameters:
  ///   - length: T.
  ///   - objective: what a training step minimizes.
  ///   - fields: of the examples that the objective takes.
  /// - Throws: `GraphError` or `TrainingError` for a model that does not take them, or for excessive sizes.
  public init(
    of model: some Layers.Layer, tokens length: Int, objective: some Objective, fields: [DataField],
    batchSize: Int, optimizer: any Optimizer, settings: TrainingSettings = TrainingSettings()
  ) throws {
    let pass = Pass(.evaluation, states: settings.makeStates())
    let scores = model.forward(State("tokens", [1, length], dtype: .int32, role: .data).value, in: pass)
    if let error = scores.error { throw error }
    try self.init(
      "\(type(of: model))", [length], pass, scores, batchSize: batchSize, settings: settings
    ) { states, settings in
      let set = ExampleSet("training", count: settings.examplesPerStep, of: fields)
      return try TrainingStep(
        objective, states: states, preparation: NoPreparation(), optimizer: optimizer,
        schedule: ConstantRate(), data: .resident(set.resident(), set.fields), count: set.count,
        settings: settings, seed: 0)
    }
  }

  /// - Parameters:
  ///   - kind: the model's type.
  ///   - pass: that has made its scores.
  ///   - makeStep: a training step with the states that it is given.
  private init(
    _ kind: String, _ input: [Int], _ pass: Pass, _ scores: Tensor, batchSize: Int,
    settings: TrainingSettings,
    step makeStep: (StateStore, TrainingSettings) throws -> TrainingStep
  ) throws {
    guard (1...1 << 16).contains(batchSize) else {
      throw TrainingError.setting("the batch size is \(batchSize), but has to be from 1 to \(1 << 16)")
    }
    (self.input, self.batchSize) = (input, batchSize)
    let flops = flopsByLayer([scores])
    layers = pass.parts.map { part in
      let isModel = part.path.isEmpty
      return Layer(
        path: part.path, kind: isModel ? kind : part.kind,
        output: Array(((isModel ? scores : part.output)?.shape.dimensions ?? []).dropFirst()),
        parameters: part.states.filter(\.isParameter).reduce(0) { $0 + $1.shape.count },
        flops: flops[part.label] ?? 0)
    }
    parameters = layers.reduce(0) { $0 + $1.parameters }
    self.flops = layers.reduce(0) { $0 + $1.flops }

    let states = settings.makeStates()
    var settings = settings
    settings.batchSize = batchSize
    try settings.checkLoRA()
    let step = try makeStep(states, settings)
    let frozen = Frozen(settings)
    trainedParameters = states.parameters.filter { !frozen.contains($0) }.reduce(0) { $0 + $1.shape.count }
    func bytes(_ states: [State]) -> Int { states.reduce(0) { $0 + $1.byteCount } }
    memory = Memory(
      parameters: bytes(states.parameters), statistics: bytes(states.states.filter { $0.role == .statistic }),
      optimizer: bytes(step.slots),
      step: try BackendChoice.cpu.open().backend.planned(step.program).arenaByteCount)
  }
}
