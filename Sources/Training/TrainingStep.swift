import Layers
import Losses
import Optimizers
import Programs
import Schedules
import Tensors

/// A whole training step as one program: batch, forward pass, loss, gradients, optimizer, counters.
///
/// Everything that changes from step to step is a state, so that steps follow one another without the host.
struct TrainingStep {
  /// How many losses are kept for the host to collect.
  static let lossCapacity = 1024

  /// Steps done.
  let counter: State
  let key: State
  /// The loss of step i, at i modulo the capacity.
  let losses: State
  let moments: [State]
  /// Nil unless the precision is float16.
  let lossScaler: LossScaler?
  /// Where it finds its batches.
  let data: BatchSource
  let program: Program

  init(
    _ model: any Layer, states: StateStore, normalizer: PixelNormalizer, loss: Loss, optimizer: any Optimizer,
    schedule: any Schedule, data: BatchSource, count: Int, classes: Int, settings: TrainingSettings,
    seed: UInt64
  ) throws {
    self.data = data
    counter = State("step", [], dtype: .int32, role: .progress)
    let words = [Int32(truncatingIfNeeded: seed), Int32(truncatingIfNeeded: seed >> 32)]
    key = State("key", [2], dtype: .int32, role: .progress, initial: .values(TensorValues(words, shape: [2])))
    losses = State("losses", [TrainingStep.lossCapacity], role: .data)

    let numbers = settings.sampling.batch(
      settings.batchSize, of: count, key: key.value, counter: counter.value)
    let (originals, labels) = data.batch(counter.value, at: numbers)
    let images = settings.augmentation(originals, key: key.value, counter: counter.value)
    let pass = Pass(
      .training, states: states, weightScale: settings.weightScale, precision: settings.precision,
      recomputation: settings.recomputation, key: key.value, counter: counter.value)
    let scores = model.forward(normalizer(images), in: pass)
    try checkScores(scores, batch: settings.batchSize, classes: classes)
    var total = loss(scores, labels)
    if settings.regularization > 0 {
      total = total + weightDecay(of: states, strength: settings.regularization)
    }

    let stepsPerEpoch = count / settings.batchSize
    let rate = optimizer.learningRate * schedule.factor(atStep: counter.value, stepsPerEpoch: stepsPerEpoch)
    let parameters = states.parameters
    let scaler = settings.precision == .float16 ? LossScaler(settings.lossScaling) : nil
    lossScaler = scaler
    var gradients = gradients(
      of: total, upstream: scaler?.scale.value ?? Tensor(1), at: parameters.map(\.value))
    let overflow = LossScaler.overflow(of: gradients)
    if let scaler { gradients = gradients.map { $0 / scaler.scale.value } }
    if let limit = settings.clipNorm { gradients = clipped(gradients, toNorm: limit) }
    // Steps that were skipped are none to the optimizer.
    var updates = counter.value
    if let scaler { updates = updates - scaler.skippedSteps.value }
    var moments: [State] = []
    var assignments = pass.assignments
    for (parameter, gradient) in zip(parameters, gradients) {
      let own = optimizer.moments.map {
        State("optimizer.\($0).\(parameter.name)", parameter.shape, role: .optimizer)
      }
      let next = optimizer.rule(for: parameter.role).update(
        parameter.value, gradient: gradient, moments: own.map(\.value), learningRate: rate,
        step: updates)
      assignments.append(Assignment(parameter, next.parameter))
      assignments += zip(own, next.moments).map { Assignment($0, $1) }
      moments += own
    }
    self.moments = moments
    if let scaler { assignments = scaler.guarding(assignments, against: overflow) }
    let place = counter.value % Double(TrainingStep.lossCapacity)
    assignments.append(Assignment(losses, losses.value.replacing(row: place, with: total)))
    assignments.append(Assignment(counter, counter.value + 1))
    program = try Program("training step", assignments: assignments)
  }
}

extension Optimizer {
  /// - Throws: `TrainingError.setting` for a learning rate that no rule can use.
  func checkLearningRate() throws(TrainingError) {
    guard learningRate.isFinite, learningRate > 0 else {
      throw .setting("the learning rate is \(learningRate), but has to be a finite number above 0")
    }
  }
}
