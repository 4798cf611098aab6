import Optimizers
import Programs
import Schedules
import Tensors

/// A whole training step as one program: batch, forward pass, loss, gradients, optimizer, counters.
///
/// Everything that changes from step to step is a state, so that steps need no host in between.
struct TrainingStep {
  /// Batches done: one of a step, or as many as are accumulated.
  let counter: State
  let key: State
  /// The learning rate η before the schedule: the host may change it between steps.
  let learningRate: State
  /// The rate of the last step, by the schedule.
  let lastRate: State
  /// The source of its batches.
  let data: BatchSource
  private let update: ModelUpdate
  let program: Program

  /// The program in parts, if ranks share batch statistics.
  let stages: Stages?

  /// The second half of a step in micro-batches; nil for a step that is one program.
  let exchange: Exchange?

  /// What goes between the two halves of a step in micro-batches: the first makes gradients, next statistics and the loss of one, the second
  /// takes their sums over all.
  struct Exchange {
    /// float32: the values of one micro-batch, then their sums.
    let states: [State]
    let update: Program
  }

  /// The loss of step i, at i modulo `lossCapacity`.
  var losses: State { update.losses }
  static var lossCapacity: Int { ModelUpdate.lossCapacity }
  var slots: [State] { update.slots }
  var shards: OptimizerShards? { update.shards }
  var trained: [State: State] { update.trained }
  var lossScaler: LossScaler? { update.lossScaler }
  var head: [State] { update.head }
  var leastNormalized: Int? { update.leastNormalized }

  init(
    _ objective: any Objective, states: StateStore, preparation: any Preparation, optimizer: any Optimizer,
    schedule: any Schedule, data: BatchSource, count: Int, settings: TrainingSettings, seed: UInt64,
    classes: ClassRows? = nil, place: OptimizerShards.Place? = nil
  ) throws {
    self.data = data
    counter = State("step", [], dtype: .int32, role: .progress)
    let words = [Int32(truncatingIfNeeded: seed), Int32(truncatingIfNeeded: seed >> 32)]
    key = State("key", [2], dtype: .int32, role: .progress, initial: .values(TensorValues(words, shape: [2])))
    learningRate = State(
      "learningRate", [], role: .progress, initial: .constant(optimizer.learningRate))
    lastRate = State("learningRate.last", [], role: .progress)

    let (key, counter, learningRate) = (self.key, self.counter, self.learningRate)
    let batch = StepScope(.forward, "the batch").building {
      let numbers = settings.sampling.batch(
        settings.batchSize, of: count, batches: settings.accumulation, key: key.value, counter: counter.value,
        classes: classes)
      return preparation(
        data.batch(counter.value, at: numbers), mode: .training, random: (key.value, counter.value))
    }
    let stepsPerEpoch = count / settings.examplesPerStep
    let rate = StepScope(.update, "the learning rate").building {
      let step = GradientAccumulation(settings.accumulation, counter: counter.value).step
      return learningRate.value * schedule.factor(atStep: step, stepsPerEpoch: stepsPerEpoch)
    }
    guard settings.microBatches != nil else {
      update = try ModelUpdate(
        of: objective, states: states, on: batch, optimizer: optimizer, learningRate: rate, counter: counter,
        key: key, settings: settings)
      (exchange, stages) = (nil, nil)
      program = try Program(
        "training step", assignments: update.assignments + [Assignment(lastRate, rate)])
      return
    }
    let model = try ModelGradients(
      of: objective, states: states, on: batch, counter: counter, key: key, settings: settings,
      ranks: place?.count ?? 1)
    let made =
      zip(model.parameters, model.gradients).map { (name: "gradient.\($0.name)", value: $1) }
      + model.statistics.map { (name: "statistic.\($0.state.name)", value: $0.value) }
      + [(name: "loss", value: model.loss)]
    let sums = made.map { State("exchange.\($0.name)", $0.value.shape, dtype: $0.value.dtype, role: .data) }
    let counting = StepScope(.update, "the step's counters").building {
      (
        next: Assignment(counter, counter.value + 1),
        whole: Assignment(counter, counter.value + settings.accumulation)
      )
    }
    let assignments = zip(sums, made).map { Assignment($0, $1.value) } + [counting.next]
    program = try Program("gradients of a micro-batch", assignments: assignments)
    stages =
      settings.syncsBatchNorm && place != nil
      ? try Stages("gradients of a micro-batch", assignments: assignments) : nil
    let means = StepScope(.update, "the mean of micro-batches").building {
      sums.map { $0.value / settings.accumulation }
    }
    let statistics = zip(model.statistics, means.dropFirst(model.parameters.count)).map {
      Assignment($0.state, $1)
    }
    update = ModelUpdate(
      model, gradients: Array(means.prefix(model.parameters.count)), statistics: statistics,
      loss: means[means.count - 1],
      GradientAccumulation(step: counter.value / settings.accumulation), optimizer: optimizer,
      learningRate: rate, settings: settings, sharded: settings.shardsOptimizer ? place : nil)
    exchange = Exchange(
      states: sums,
      update: try Program(
        "update by all micro-batches",
        assignments: update.assignments + [
          Assignment(lastRate, rate), counting.whole,
        ]))
  }
}

/// - Throws: `TrainingError.setting` for an invalid learning rate.
func checkLearningRate(_ rate: Double) throws(TrainingError) {
  guard rate.isFinite, rate > 0 else {
    throw .setting("the learning rate is \(rate), but has to be a finite number above 0")
  }
}
