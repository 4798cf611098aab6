import Execution
import Tensors

extension Trainer {
  /// True for one of several processes that train together.
  package var isOneOfRanks: Bool { ranks != nil }

  /// What all ranks have to have in common, by name: their data.
  package var commonFacts: [(name: String, value: String)] { [("the data", "\(fingerprint)")] }

  /// Runs a step in micro-batches, of which this rank computes its share.
  func runStep(_ exchange: GradientExchange) throws {
    let first = step * settings.accumulation
    func count(_ batches: Int) throws {
      try backend.write(TensorValues([Int32(batches)], shape: []), to: trainingStep.counter)
    }
    try count(first + exchange.own.lowerBound)
    wasStopped = try exchange.run(step: step + 1) { microBatch in
      try runBatches(1, from: first + microBatch)
    } beforeUpdate: {
      try count(first)
    } wantsToStop: {
      wantsToStop()
    }
    step += 1
  }
}
