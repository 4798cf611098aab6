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
  /// Which rank updates what; nil where every rank updates all.
  let shards: OptimizerShards?
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
    let model = try ModelGradients(
      of: objective, states: states, on: batch, counter: counter, key: key, settings: settings)
    var accumulation = GradientAccumulation(settings.accumulation, counter: counter.value)
    let gradients = StepScope(.update, "the mean of gradients").building {
      accumulation.means(of: model.gradients) { model.parameters[$0].name }
    }
    let loss = StepScope(.update, "the step's counters").building {
      accumulation.means(of: [model.loss]) { _ in "loss" }[0]
    }
    self.init(
      model, gradients: gradients, statistics: model.statistics, loss: loss, accumulation,
      optimizer: optimizer, learningRate: learningRate, settings: settings)
    assignments += StepScope(.update, "the step's counters").building {
      [Assignment(counter, counter.value + 1)]
    }
  }

  /// The update by gradients that may come from elsewhere, without that of the counter.
  ///
  /// - Parameters:
  ///   - gradients: of the loss times the scale, if there is one, for each of the model's parameters.
  ///   - statistics: the next values of running statistics.
  ///   - loss: of the step, a scalar.
  ///   - place: among the ranks that share the optimizer's state out, if they do.
  init(
    _ model: ModelGradients, gradients: [Tensor], statistics: [Assignment], loss: Tensor,
    _ accumulation: GradientAccumulation, optimizer: any Optimizer, learningRate: Tensor,
    settings: TrainingSettings, sharded place: OptimizerShards.Place? = nil
  ) {
    losses = State("losses", [ModelUpdate.lossCapacity], role: .data)
    (trained, head, leastNormalized) = (model.trained, model.head, model.leastNormalized)
    lossScaler = model.lossScaler
    var gradients = gradients
    let scaling = StepScope(.update, "the loss scale")
    let overflow = scaling.building { LossScaler.overflow(of: gradients) }
    if let scaler = lossScaler {
      gradients = scaling.building { gradients.map { $0 / scaler.scale.value } }
    }
    if let limit = settings.clipValue {
      gradients = StepScope(.update, "the gradients' size").building { clipped(gradients, toValue: limit) }
    }
    if let limit = settings.clipNorm {
      gradients = StepScope(.update, "the gradients' norm").building { clipped(gradients, toNorm: limit) }
    }
    if settings.regularization > 0, settings.regularizationPlace == .gradients {
      gradients = StepScope(.update, "the weight decay").building {
        zip(model.places, gradients).map { place, gradient in
          settings.regularizationScope.includes(place.role)
            ? gradient + settings.regularization * place.value : gradient
        }
      }
    }
    // Steps that were skipped are none to the optimizer.
    var updates = accumulation.step
    if let scaler = lossScaler { updates = updates - scaler.skippedSteps.value }
    let next = optimizer.updates(
      of: model.parameters, in: model.places, by: gradients, learningRate: learningRate, step: updates)
    slots = next.slots + trained.values.sorted { $0.name < $1.name }
    var shards = place.map { OptimizerShards(model.parameters, of: $0) }
    var once: [Assignment] = []
    for part in next.parts {
      var assignments = part.assignments
      if let average = model.average {
        assignments += StepScope(.update, "the average of parameters").building {
          average.assignments(of: [part.parameter], after: assignments)
        }
      }
      if shards?.add(assignments, of: part) ?? true { once += assignments }
    }
    self.shards = shards
    if let scaler = lossScaler {
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
      return accumulation.assignments + [
        Assignment(losses, losses.value.replacing(row: place, with: loss))
      ]
    }
  }
}
