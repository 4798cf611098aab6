public import Execution
import MessagePassing
import Programs

/// Counts of a run's allocations, pipelines and submissions, before and after its first step.
public struct TrainingCounters: Encodable, Hashable, Sendable {
  /// A sentence that names the backend and the reason for its choice.
  public let backend: String

  /// The backend's counts until the first step was done; nil on a backend without counters, such as the CPU.
  public let untilFirstStep: BackendCounters?
  /// The counts since then.
  public let sinceFirstStep: BackendCounters?
  /// The training steps after the first.
  public let replay: ReplayCounters?

  /// The sums of gradients over ranks; nil for a process that is alone.
  public let ranks: RankCounters?

  /// Resident memory of the process after the first epoch, and now; nil if unknown.
  public let residentAtFirstEpoch: Int?
  public let resident: Int?

  /// Host time per step after the first, without waiting for the device.
  public var hostMicrosecondsPerStep: Double? {
    replay.flatMap { $0.steps == 0 ? nil : Double($0.hostNanoseconds) / 1e3 / Double($0.steps) }
  }
}

/// What sums over ranks took of a run's steps.
public struct RankCounters: Encodable, Hashable, Sendable {
  /// The number of ranks.
  public let count: Int
  /// Sums of a step, and the bytes that they are of.
  public let buckets, byteCount: Int
  /// Of the first rank; a step, and how long of it was spent on sums that the backward pass did not cover.
  public let stepSeconds, exposedSeconds: Double

  init?(_ exchange: GradientExchange, ranks: Int) {
    let times = exchange.times
    guard ranks > 1, times.steps > 0 else { return nil }
    count = ranks
    (byteCount, buckets) = exchange.traffic
    stepSeconds = times.whole / .seconds(times.steps)
    exposedSeconds = times.exposed / .seconds(times.steps)
  }
}

/// A snapshot of the counters.
struct CounterMark {
  var backend: BackendCounters?
  let replay: ReplayCounters?

  init(_ backend: any Backend, _ executable: any Executable) {
    self.backend = (backend as? any CountingBackend)?.counters
    replay = (executable as? any CountingExecutable)?.counters
  }
}

extension Trainer {
  /// The run's counts so far.
  public var counters: TrainingCounters {
    let now = CounterMark(backend, executable)
    let mark = counterMark ?? now
    return TrainingCounters(
      backend: backendReason, untilFirstStep: mark.backend,
      sinceFirstStep: now.backend.flatMap { now in mark.backend.map { now - $0 } },
      replay: now.replay.flatMap { now in mark.replay.map { now - $0 } },
      ranks: exchange.flatMap { RankCounters($0, ranks: ranks?.size ?? 1) },
      residentAtFirstEpoch: residentAtFirstEpoch, resident: ResidentMemory.byteCount)
  }

  /// Runs something that is not part of the run, and is not counted.
  func uncounted<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = CounterMark(backend, executable).backend
    defer {
      if let before, let after = CounterMark(backend, executable).backend, let mark = counterMark?.backend {
        counterMark?.backend = after - (before - mark)
      }
    }
    return try body()
  }

  /// Prepares a run of some steps, so that nothing is allocated or recorded during it.
  func prepare(steps: Int) throws {
    // Micro-batches are computed one by one.
    let most = min(steps, stepsPerEpoch, TrainingStep.lossCapacity) * settings.accumulation
    try executable.prepare(steps: settings.microBatches == nil ? most : 1)
    _ = try trainingFeed()
    for split in validationCount == 0 ? [Split.training] : [.training, .validation] {
      try evaluator(for: split).prepare()
    }
    // The first transfer from the device allocates the staging buffer.
    _ = try backend.read(trainingStep.losses)
  }
}
