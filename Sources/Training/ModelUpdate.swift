import Layers
import Losses
package import Optimizers
import Programs
package import Tensors

/// What a training step does with its batch: forward pass, loss, gradients, the optimizer's rule, counters.
///
/// How the batch came is another matter.
package struct ModelUpdate {
  /// How many losses are kept for the host to collect.
  package static let lossCapacity = 1024

  /// The loss of step i, at i modulo the capacity.
  package let losses: State
  let moments: [State]
  /// What makes the outputs: the states of the layers whose results they are; none where they are no layer's.
  let head: [State]
  /// Of the layer normalized over the fewest numbers of a channel; nil for a model without batch normalization.
  let leastNormalized: Int?
  /// Nil unless the precision is float16.
  let lossScaler: LossScaler?
  package let assignments: [Assignment]

  /// - Parameters:
  ///   - batch: the examples, as the objective takes them.
  ///   - learningRate: a scalar.
  ///   - counter: steps done; it goes up by one.
  ///   - key: decides the random numbers: int32 `[2]`.
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
    // Several parts may have the same result, one in another: the innermost has the states.
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
    // Steps that were skipped are none to the optimizer.
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
