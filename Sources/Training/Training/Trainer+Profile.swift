public import Diagnostics
public import Devices
public import Execution
import Programs

extension DevicePeak {
  /// Measures on a backend opened for this only, whose memory is released afterwards; without a memory limit.
  ///
  /// - Throws: `BackendUnavailable`, and errors of the backend.
  public init(on choice: BackendChoice) throws { try self.init(of: choice.withAllMemory.open().backend) }
}

extension Trainer {
  /// Trains some steps as usual, and as many with timestamps around every kernel.
  ///
  /// Times are of a batch, where a step takes several. Three more steps come first, for what is done once. Losses are
  /// not looked at.
  ///
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - peak: the rates to compare kernels with.
  ///   - card: the GPU to predict times for; nil for the one it runs on, if known.
  /// - Throws: `TrainingError.setting` on a backend without profiling; backend errors.
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
    // Once for the recordings of the run below, which are made on first use.
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
