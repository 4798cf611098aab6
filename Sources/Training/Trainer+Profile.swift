public import Backends
public import Programs

extension DevicePeak {
  /// Measures on a backend opened for this alone, which gives its memory back; no limit of memory holds for it.
  ///
  /// - Throws: `BackendUnavailable`, or what the backend throws.
  public init(on choice: BackendChoice) throws { try self.init(of: choice.withAllMemory.open().backend) }
}

extension Trainer {
  /// Trains some steps as usual and as many with the time noted around every kernel.
  ///
  /// Times are of a batch, where a step takes several. Three more steps come first, for what is done once. Losses are not looked at.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - peak: what to compare kernels with.
  ///   - card: what to predict times for; nil for the card that it runs on, if that is known.
  /// - Throws: `TrainingError.setting` on a backend that cannot tell the times; backend errors.
  public func profile(steps: Int, comparedWith peak: DevicePeak, predictedOn card: CardModel? = nil) throws
    -> StepProfile
  {
    precondition(steps > 0, "a profile of \(steps) steps")
    guard let profiled = executable as? any ProfiledExecutable else {
      throw TrainingError.setting("\(backend.name) cannot tell how long its kernels take")
    }
    func profile(_ count: Int) throws -> [InstructionTime] {
      // Steps with the time noted are not fed on their way: they read the ring over and over.
      try trainingFeed()?.fill(from: step * settings.accumulation)
      defer { step += count }
      return try profiled.profile(steps: count * settings.accumulation)
    }
    try runSteps(1)
    _ = try profile(1)
    // Once for the recordings that the run below needs, which are made when first needed.
    try runSteps(steps)
    _ = try backend.read(trainingStep.losses)  // waits
    let clock = ContinuousClock()
    let start = clock.now
    try runSteps(steps)
    _ = try backend.read(trainingStep.losses)
    let seconds = (clock.now - start) / .seconds(1)
    let times = try profile(steps)
    return StepProfile(
      of: profiled, times: times, stepMicroseconds: seconds * 1e6 / Double(steps * settings.accumulation),
      peak: peak,
      backend: backendReason, batchSize: settings.batchSize,
      prediction: try (card ?? CardModel(of: backend.name)).map {
        try StepPrediction(of: trainingStep.program, on: $0) { $0.place(of: $1) }
      })
  }
}
