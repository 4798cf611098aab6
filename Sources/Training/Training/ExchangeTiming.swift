import Execution

/// How long the parts of a step in micro-batches take in one process, measured.
public struct ExchangeTiming: Hashable, Sendable {
  /// Gradients that are summed together over ranks.
  public struct Bucket: Hashable, Sendable {
    public let byteCount: Int
    /// Seconds from the beginning of a micro-batch until they may be summed.
    public let ready: Double

    public init(byteCount: Int, ready: Double) { (self.byteCount, self.ready) = (byteCount, ready) }
  }

  /// Seconds of the gradients of a micro-batch.
  public let gradients: Double
  /// Seconds of the update by the sums.
  public let update: Double
  /// In the order of their sums.
  public let buckets: [Bucket]

  public init(gradients: Double, update: Double, buckets: [Bucket]) {
    (self.gradients, self.update, self.buckets) = (gradients, update, buckets)
  }
}

extension Trainer {
  /// Times the parts of a step in micro-batches; parameters are not those of a run afterwards.
  ///
  /// - Parameter rounds: of which the fastest counts; two more come first, for what is done once.
  /// - Throws: `TrainingError.setting` for a run without micro-batches; backend errors.
  public func timeExchange(rounds: Int) throws -> ExchangeTiming {
    guard let exchange else {
      throw TrainingError.setting("a run without micro-batches has nothing to sum; set a number of them")
    }
    let first = step * settings.accumulation
    let timings = try (0..<rounds + 2).map { _ in
      try exchange.time {
        try runBatches(1, from: first)
      } waiting: {
        _ = try backend.read(trainingStep.losses)
      }
    }
    return timings.dropFirst(2).min { $0.gradients + $0.update < $1.gradients + $1.update } ?? timings[0]
  }
}

extension GradientExchange {
  /// Runs both halves of a step once, and sums nothing.
  ///
  /// - Parameters:
  ///   - run: runs the first half on a micro-batch.
  ///   - wait: waits for what was submitted.
  func time(microBatch run: () throws -> Void, waiting wait: () throws -> Void) throws -> ExchangeTiming {
    let clock = ContinuousClock()
    let start = clock.now
    var times: [Double] = []
    half?.progress = { [ready] instruction in
      for _ in 0..<ready[instruction] { times.append((clock.now - start) / .seconds(1)) }
    }
    defer { half?.progress = nil }
    try run()
    try wait()
    let gradients = (clock.now - start) / .seconds(1)
    while times.count < buckets.count { times.append(gradients) }
    let middle = clock.now
    try update.run(steps: 1)
    try wait()
    return ExchangeTiming(
      gradients: gradients, update: (clock.now - middle) / .seconds(1),
      buckets: zip(buckets, times).map { .init(byteCount: $0.byteCount, ready: $1) })
  }
}
