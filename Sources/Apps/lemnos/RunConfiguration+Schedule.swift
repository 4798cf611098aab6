import Lemnos
import Training

extension RunConfiguration {
  enum ScheduleName: String, CaseIterable, SettingValue {
    case constant, decay, step, cosine, plateau
    case oneCycle = "one-cycle"

    /// The factor that --lr-decay is when it is not given; nil for schedules that have none.
    var usualDecay: Double? {
      switch self {
      case .decay: 0.95
      case .step, .plateau: 0.1
      case .constant, .cosine, .oneCycle: nil
      }
    }

    /// True if the learning rate decays to zero at a fixed length.
    var ends: Bool { self == .cosine || self == .oneCycle }
  }

  /// The length in epochs of a schedule with an end: the run's length when it started.
  private var length: Int { scheduleEpochs ?? epochs }

  /// - Parameters:
  /// - decay: nil for the schedule's default.
  /// - milestones: nil for 1/2 and 3/4 of the run, as is usual for ResNets.
  mutating func setSchedule(
    _ name: ScheduleName, decay: Double?, milestones: [Int]?, every: Int?, patience: Int?
  ) {
    schedule = name
    learningRateDecay = decay ?? name.usualDecay ?? learningRateDecay
    self.milestones = milestones
    decayEvery = every
    ratePatience = patience
    // Stored now, because a resumed run may have another length.
    if name == .step, milestones == nil, every == nil {
      self.milestones = [max(1, epochs / 2), max(1, epochs - epochs / 4)]
    }
    scheduleEpochs = name.ends ? epochs : nil
  }

  func makeSchedule() -> any Schedule {
    let main: any Schedule =
      switch schedule ?? .decay {
      case .constant: ConstantRate()
      case .decay: EpochDecay(learningRateDecay)
      case .step: StepDecay(learningRateDecay, decayEvery.map { .every($0) } ?? .after(milestones ?? []))
      case .cosine: CosineDecay(epochs: length, floor: (finalLearningRate ?? 0) / learningRate)
      case .oneCycle: OneCycle(epochs: length)
      case .plateau: ReduceOnPlateau(learningRateDecay, patience: ratePatience ?? 10)
      }
    if let warmupSteps, warmupSteps > 0 { return WarmUp(steps: warmupSteps, then: main) }
    guard let warmupEpochs, warmupEpochs > 0 else { return main }
    return WarmUp(epochs: warmupEpochs, then: main)
  }

  func checkSchedule() throws {
    guard schedule == .step || (milestones == nil && decayEvery == nil) else {
      throw Failure("--lr-milestones and --lr-every are for --schedule step only", code: 64)
    }
    guard schedule == .plateau || ratePatience == nil else {
      throw Failure("--lr-patience is for --schedule plateau only", code: 64)
    }
    if let finalLearningRate {
      guard schedule == .cosine else {
        throw Failure("--final-learning-rate is for --schedule cosine only", code: 64)
      }
      guard finalLearningRate <= learningRate else {
        throw Failure(
          "the learning rate is \(learningRate) at first and would be \(finalLearningRate) at the end: a cosine falls",
          code: 64)
      }
    }
    guard milestones == nil || decayEvery == nil else {
      throw Failure("give --lr-milestones or --lr-every, not both", code: 64)
    }
    guard schedule != .oneCycle || warmupEpochs == nil && warmupSteps == nil else {
      throw Failure("a one-cycle schedule has a warm-up of its own; leave --warmup-epochs out", code: 64)
    }
  }

  /// Changes the number of epochs of a resumed run.
  mutating func extend(to epochs: Int) throws {
    if let schedule, schedule.ends, epochs > length {
      throw Failure(
        "this run's \(schedule.rawValue) schedule ends after \(length) epochs with a learning rate of \(finalLearningRate ?? 0); begin a new run "
          + "to train for \(epochs)", code: 64)
    }
    self.epochs = epochs
  }
}
