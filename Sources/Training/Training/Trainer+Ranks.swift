import Execution
import Tensors

extension Trainer {
  /// True for one of several processes that train together.
  package var isOneOfRanks: Bool { ranks != nil }

  /// What all ranks have to have in common, by name: their data.
  package var commonFacts: [(name: String, value: String)] { [("the data", "\(fingerprint)")] }

  /// The optimizer state that other ranks keep.
  var foreignStates: Set<State> { ranks == nil ? [] : trainingStep.shards?.foreign ?? [] }

  /// True if `checkpoint()` may be called now: always, unless ranks share the optimizer's state out; then on the first of them after
  /// the last step of an epoch, after the last one before a stop, and after a step at which it was asked for.
  package var hasWholeState: Bool { foreignStates.isEmpty || collected != nil }

  /// Asks all ranks to collect their state after the last step before the next report, so that it can be saved.
  package func askForWholeState() { wantsToSave = true }

  /// Runs a step in micro-batches, of which this rank computes its share.
  ///
  /// - Parameter isLast: of those before the next report.
  func runStep(_ exchange: GradientExchange, isLast: Bool) throws {
    let first = step * settings.accumulation
    func count(_ batches: Int) throws {
      try backend.write(TensorValues([Int32(batches)], shape: []), to: trainingStep.counter)
    }
    collected = nil
    try count(first + exchange.own.lowerBound)
    let wish = try exchange.run(step: step + 1) { microBatch in
      try runBatches(1, from: first + microBatch)
    } beforeUpdate: {
      try count(first)
    } wish: {
      GradientExchange.Wish(toStop: wantsToStop(), toSave: wantsToSave && isLast)
    }
    step += 1
    wasStopped = wish.toStop
    if wish.toStop || wish.toSave || isAtEpochEnd { collected = try exchange.collect() }
    if isLast { wantsToSave = false }
  }
}
