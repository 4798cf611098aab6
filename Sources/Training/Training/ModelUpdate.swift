import Layers
import Losses
package import Optimizers
import Execution
import Programs
package import Tensors

/// The computation of a training step on a batch: forward pass, loss, gradients, optimizer, counters.
///
/// Independent of the source of the batch.
package struct ModelUpdate {
  /// The number of losses kept for the host to read.
  package static let lossCapacity = 1024

  /// The loss of step i, at i modulo the capacity.
  package let losses: State
  let slots: [State]
  /// What is trained of a parameter that is an average; empty where the parameters themselves are.
  let trained: [State: State]
  /// What makes the outputs: the states of the layers whose results they are; none where they are no layer's.
  let head: [State]
  /// The number of elements per channel of the batch normalization with the fewest; nil for a model without
  /// any.
  let leastNormalized: Int?
  /// Nil unless the precision is float16.
  let lossScaler: LossScaler?
  package private(set) var assignments: [Assignment]

  /// - Parameters:
  ///   - batch: the examples, as the objective takes them.
  ///   - learningRate: a scalar.
  ///   - counter: batches done; it goes up by one.
  ///   - key: decides the random numbers: int32 `[2]`.
  package init(
    of objective: any Objective, states: StateStore, on batch: Batch, optimizer: any Optimizer,
    learningRate: Tensor, counter: State, key: State, settings: TrainingSettings
  ) throws {
    losses = State("losses", [ModelUpdate.lossCapacity], role: .data)
    let frozen = Frozen(settings.frozen)
    let average = settings.ema.map { WeightAverage($0, of: states, without: frozen) }
    let pass = Pass(
      .training, states: average?.trained ?? states, weightScale: settings.weightScale,
      precision: settings.precision,
      recomputation: settings.recomputation, runningVariance: settings.runningVariance, key: key.value,
      counter: counter.value)
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
            of: pass.states, strength: settings.regularization, scope: settings.regularizationScope)
      }
    }

    let scaler = settings.precision == .float16 ? LossScaler(settings.lossScaling) : nil
    lossScaler = scaler
    var gradients = gradients(
      of: total, upstream: scaler?.scale.value ?? Tensor(1), at: places.map(\.value))
    var accumulation = GradientAccumulation(settings.accumulation, counter: counter.value)
    gradients = StepScope(.update, "the mean of gradients").building {
      accumulation.means(of: gradients) { parameters[$0].name }
    }
    let scaling = StepScope(.update, "the loss scale")
    let overflow = scaling.building { LossScaler.overflow(of: gradients) }
    if let scaler { gradients = scaling.building { gradients.map { $0 / scaler.scale.value } } }
    if let limit = settings.clipValue {
      gradients = StepScope(.update, "the gradients' size").building { clipped(gradients, toValue: limit) }
    }
    if let limit = settings.clipNorm {
      gradients = StepScope(.update, "the gradients' norm").building { clipped(gradients, toNorm: limit) }
    }
    if settings.regularization > 0, settings.regularizationPlace == .gradients {
      gradients = StepScope(.update, "the weight decay").building {
        zip(places, gradients).map { place, gradient in
          settings.regularizationScope.includes(place.role)
            ? gradient + settings.regularization * place.value : gradient
        }
      }
    }
    // Steps that were skipped are none to the optimizer.
    var updates = accumulation.step
    if let scaler { updates = updates - scaler.skippedSteps.value }
    let next = optimizer.updates(
      of: parameters, in: places, by: gradients, learningRate: learningRate, step: updates)
    slots = next.slots + trained.values.sorted { $0.name < $1.name }
    let statistics = pass.assignments.filter { !frozen.contains($0.state) }
    var once = next.assignments
    if let average {
      once += StepScope(.update, "the average of parameters").building {
        average.assignments(of: parameters, after: next.assignments)
      }
    }
    if let scaler {
      assignments = scaling.building {
        scaler.guarding(statistics, against: overflow)
          + accumulation.once(scaler.guarding(once, against: overflow) + scaler.assignments(after: overflow))
      }
    } else {
      assignments = statistics + accumulation.once(once)
    }
    let losses = self.losses
    assignments += StepScope(.update, "the step's counters").building {
      let place = accumulation.step % Double(ModelUpdate.lossCapacity)
      let loss = accumulation.means(of: [total]) { _ in "loss" }[0]
      return accumulation.assignments + [
        Assignment(losses, losses.value.replacing(row: place, with: loss)),
        Assignment(counter, counter.value + 1),
      ]
    }
  }
}
