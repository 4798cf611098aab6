public import Programs

/// What a run made and handed over, before its first step was done and since.
public struct TrainingCounters: Encodable, Hashable, Sendable {
  /// What it ran on, and why.
  public let backend: String

  /// All that the backend did until the first step was done; nil on a backend that makes nothing, such as the CPU.
  public let untilFirstStep: BackendCounters?
  /// All that it has done since.
  public let sinceFirstStep: BackendCounters?
  /// The training steps after the first.
  public let replay: ReplayCounters?

  /// Bytes of the process in memory after the first epoch, and now; nil where the system does not say.
  public let residentAtFirstEpoch: Int?
  public let resident: Int?

  /// Of a step after the first, on the host, without waiting for the device.
  public var hostMicrosecondsPerStep: Double? {
    replay.flatMap { $0.steps == 0 ? nil : Double($0.hostNanoseconds) / 1e3 / Double($0.steps) }
  }
}

/// What was counted at one moment.
struct CounterMark {
  var backend: BackendCounters?
  let replay: ReplayCounters?

  init(_ backend: any Backend, _ executable: any Executable) {
    self.backend = (backend as? any CountingBackend)?.counters
    replay = (executable as? any CountingExecutable)?.counters
  }
}

extension Trainer {
  /// What the run made and handed over so far.
  public var counters: TrainingCounters {
    let now = CounterMark(backend, executable)
    let mark = counterMark ?? now
    return TrainingCounters(
      backend: backendReason, untilFirstStep: mark.backend,
      sinceFirstStep: now.backend.flatMap { now in mark.backend.map { now - $0 } },
      replay: now.replay.flatMap { now in mark.replay.map { now - $0 } },
      residentAtFirstEpoch: residentAtFirstEpoch, resident: ResidentMemory.byteCount)
  }

  /// Does something that is no part of the run: what it makes and hands over is not counted.
  func uncounted<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = CounterMark(backend, executable).backend
    defer {
      if let before, let after = CounterMark(backend, executable).backend, let mark = counterMark?.backend {
        counterMark?.backend = after - (before - mark)
      }
    }
    return try body()
  }

  /// Makes all that a run of some steps needs before the first of them, so that nothing is made while it goes on.
  func prepare(steps: Int) throws {
    try executable.prepare(
      steps: min(steps, stepsPerEpoch, TrainingStep.lossCapacity) * settings.accumulation)
    _ = try trainingFeed()
    for split in validationCount == 0 ? [Split.training] : [.training, .validation] {
      try evaluator(for: split).prepare()
    }
    // The first transfer from the device makes the memory that all go through.
    _ = try backend.read(trainingStep.losses)
  }
}
