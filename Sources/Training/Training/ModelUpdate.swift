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
  let moments: [State]
  /// The states of the layers whose results are the outputs; empty if no layer's are.
  let head: [State]
  /// The number of elements per channel of the batch normalization with the fewest; nil for a model without
  /// any.
  let leastNormalized: Int?
  /// Nil unless the precision is float16.
  let lossScaler: LossScaler?
  package let assignments: [Assignment]

  /// - Parameters:
  ///   - batch: the examples, as the objective takes them.
  ///   - learningRate: a scalar.
  ///   - counter: steps done; incremented by one.
  ///   - key: of the random numbers: int32 `[2]`.
  package init(
    of objective: any Objective, states: StateStore, on batch: Batch, optimizer: any Optimizer,
    learningRate: Tensor, counter: State, key: State, settings: TrainingSettings
  ) throws {
    losses = State("losses", [ModelUpdate.lossCapacity], role: .data)
    let pass = Pass(
      .training, states: states, weightScale: settings.weightScale, precision: settings.precision,
      recomputation: settings.recomputation, runningVariance: settings.runningVariance, key: key.value,
      counter: counter.value)
    let measured = try objective.measure(batch, in: pass)
    try measured.check(batchSize: batch.size)
    let outputs = Set(measured.outputs.map(\.value.node))
    // Nested parts may have the same result: the innermost has the states.
    head =
      pass.parts.last { part in
        !part.states.isEmpty && part.output.map { outputs.contains($0.node) } ?? false
      }?.states ?? []
    leastNormalized = pass.parts.filter { $0.kind == "\(BatchNorm.self)" }
      .compactMap(\.output).map { $0.shape.count / max($0.shape[1], 1) }.min()
    var total = StepScope(.forward, "the loss").building { measured.loss }
    if settings.regularization > 0, settings.regularizationPlace == .loss {
      total = StepScope(.forward, "the weight decay").building {
        total
          + weightDecay(
            of: states, strength: settings.regularization, scope: settings.regularizationScope)
      }
    }

    let frozen = try Frozen(settings.frozen, of: states)
    let parameters = states.parameters.filter { !frozen.contains($0) }
    let scaler = settings.precision == .float16 ? LossScaler(settings.lossScaling) : nil
    lossScaler = scaler
    var gradients = gradients(
      of: total, upstream: scaler?.scale.value ?? Tensor(1), at: parameters.map(\.value))
    let scaling = StepScope(.update, "the loss scale")
    let overflow = scaling.building { LossScaler.overflow(of: gradients) }
    if let scaler { gradients = scaling.building { gradients.map { $0 / scaler.scale.value } } }
    if let limit = settings.clipNorm {
      gradients = StepScope(.update, "the gradients' norm").building { clipped(gradients, toNorm: limit) }
    }
    if settings.regularization > 0, settings.regularizationPlace == .gradients {
      gradients = StepScope(.update, "the weight decay").building {
        zip(parameters, gradients).map { parameter, gradient in
          settings.regularizationScope.includes(parameter.role)
            ? gradient + settings.regularization * parameter.value : gradient
        }
      }
    }
    // Skipped steps do not count for the optimizer.
    var updates = counter.value
    if let scaler { updates = updates - scaler.skippedSteps.value }
    let next = optimizer.updates(of: parameters, by: gradients, learningRate: learningRate, step: updates)
    var assignments = pass.assignments.filter { !frozen.contains($0.state) } + next.assignments
    moments = next.moments
    if let scaler {
      assignments = scaling.building { scaler.guarding(assignments, against: overflow) }
    }
    let losses = self.losses
    assignments += StepScope(.update, "the step's counters").building {
      let place = counter.value % Double(ModelUpdate.lossCapacity)
      return [
        Assignment(losses, losses.value.replacing(row: place, with: total)),
        Assignment(counter, counter.value + 1),
      ]
    }
    self.assignments = assignments
  }
}
