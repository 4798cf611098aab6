import Layers
import Losses
import Programs
import Tensors

/// The first half of a training step, of one batch: forward pass, loss, gradients, next statistics.
struct ModelGradients {
  /// What is trained, and where its values are: in themselves, or beside an average of them.
  let parameters, places: [State]
  let trained: [State: State]
  let head: [State]
  let leastNormalized: Int?
  let lossScaler: LossScaler?
  let average: WeightAverage?

  /// Including penalties, a scalar.
  let loss: Tensor

  /// Of the loss times the loss scale, if there is one, for each parameter.
  let gradients: [Tensor]

  /// The next values of running statistics.
  let statistics: [Assignment]

  /// - Parameters: as of `ModelUpdate`; and the ranks that run it in step.
  init(
    of objective: any Objective, states: StateStore, on batch: Batch, counter: State, key: State,
    settings: TrainingSettings, ranks: Int = 1
  ) throws {
    let frozen = Frozen(settings)
    let average = settings.ema.map { WeightAverage($0, of: states, without: frozen) }
    let pass = Pass(
      .training, states: average?.trained ?? states, weightScale: settings.weightScale,
      precision: settings.precision, recomputation: settings.recomputation,
      runningVariance: settings.runningVariance, key: key.value, counter: counter.value,
      ranks: settings.syncsBatchNorm ? ranks : 1)
    let measured = try objective.measure(batch, in: pass)
    try measured.check(batchSize: batch.size)
    let outputs = Set(measured.outputs.map(\.value.node))
    try frozen.check(states)
    let parameters = states.parameters.filter { !frozen.contains($0) }
    let places = parameters.map { average?.trained[$0.name] ?? $0 }
    trained = Dictionary(
      zip(parameters, places).filter { $0 != $1 }, uniquingKeysWith: { first, _ in first })
    // Several parts may have the same result, one in another: the innermost has the states.
    let last = pass.parts.last { part in
      !part.states.isEmpty && part.output.map { outputs.contains($0.node) } ?? false
    }
    let models = Dictionary(trained.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    head = last?.states.map { models[$0] ?? $0 } ?? []
    leastNormalized = pass.parts.filter { $0.kind == "\(BatchNorm.self)" }
      .compactMap(\.output).map { $0.shape.count / max($0.shape[1], 1) }.min()
    var total = StepScope(.forward, "the loss").building { measured.loss }
    if settings.regularization > 0, settings.regularizationPlace == .loss {
      total = StepScope(.forward, "the weight decay").building {
        total
          + weightDecay(
            of: pass.states, strength: settings.regularization, scope: settings.regularizationScope,
            without: settings.lora == nil ? [] : pass.states.parameters.filter { !places.contains($0) })
      }
    }
    lossScaler = settings.precision == .float16 ? LossScaler(settings.lossScaling) : nil
    gradients = Tensors.gradients(
      of: total, upstream: lossScaler?.scale.value ?? Tensor(1), at: places.map(\.value))
    (loss, self.average, self.parameters, self.places) = (total, average, parameters, places)
    statistics = pass.assignments.filter { !frozen.contains($0.state) }
  }
}
